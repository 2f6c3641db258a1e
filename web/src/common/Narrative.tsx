import { Fragment, type ReactNode, createElement, useMemo } from 'react';

const KEPT = new Set(['p', 'b', 'ul', 'ol', 'li', 'br', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'div', 'span', 'i', 'strong', 'em']);
const EMPTY = new Set(['br']);

/** The XHTML of a narrative, made anew of the few elements that it may have, without any attribute: what is something else is left out, its text stays. */
export function Narrative({ xhtml }: { xhtml: string }) {
  const content = useMemo(() => {
    const document = new DOMParser().parseFromString(xhtml, 'application/xhtml+xml');
    const root = document.documentElement;
    return document.getElementsByTagName('parsererror').length > 0 ? null : children(root);
  }, [xhtml]);
  return content === null ? null : <div className="narrative">{content}</div>;
}

function children(node: Node): ReactNode[] {
  return [...node.childNodes].map((child, i) => <Fragment key={i}>{made(child)}</Fragment>);
}

function made(node: Node): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) return node.textContent;
  if (!(node instanceof Element)) return null;
  const name = node.localName.toLowerCase();
  if (name === 'script' || name === 'style') return null;
  if (!KEPT.has(name)) return children(node);
  if (EMPTY.has(name)) return createElement(name);
  if (name === 'th') return <th scope="col">{children(node)}</th>;
  return createElement(name, null, ...children(node));
}
