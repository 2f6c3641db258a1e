import type { Language } from '../common/language';

/** One finding of an OperationOutcome, as people read it. */
export interface Found {
  text: string;
  /** `line:column` in the text that was sent. */
  at: string | null;
  /** The element, as FHIRPath. */
  element: string | null;
  rule: string;
  warning: boolean;
}

interface Extension {
  url?: string;
  valueCode?: string;
  valueString?: string;
  extension?: Extension[];
}

interface Issue {
  severity?: string;
  diagnostics?: string;
  expression?: string[];
  details?: { text?: string; _text?: { extension?: Extension[] }; coding?: { code?: string }[] };
}

/** The findings of an outcome in a language: the text is in bokmål, other languages stand beside it as translations. */
export function issuesOf(outcome: unknown, language: Language): Found[] {
  const issues = (outcome as { issue?: Issue[] } | null)?.issue;
  if (!Array.isArray(issues)) return [];
  return issues.map((issue) => {
    const at = /^\d+:\d+$/.test(issue.diagnostics ?? '') ? (issue.diagnostics ?? null) : null;
    return {
      text: translated(issue, language) ?? issue.details?.text ?? issue.diagnostics ?? '',
      at,
      element: issue.expression?.[0] ?? null,
      rule: issue.details?.coding?.[0]?.code ?? '',
      warning: issue.severity === 'warning' || issue.severity === 'information',
    };
  });
}

function translated(issue: Issue, language: Language): string | undefined {
  for (const one of issue.details?._text?.extension ?? []) {
    const part = (url: string) => one.extension?.find((inner) => inner.url === url);
    if (part('lang')?.valueCode === language) return part('content')?.valueString;
  }
  return undefined;
}

/** Where in a text `line:column` is, counted in its characters as JavaScript counts. */
export function offsetOf(text: string, at: string): number {
  const [line = 1, column = 1] = at.split(':').map(Number);
  const lines = text.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return Math.min(text.length, before + Math.min(column - 1, lines[line - 1]?.length ?? 0));
}
