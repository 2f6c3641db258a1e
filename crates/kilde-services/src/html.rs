//! Narrative (`text.div`): everything that comes from outside is escaped here, and only here.

use crate::lang::Lang;

/// XHTML being written. Texts go in as plain text; markup comes from the methods alone.
#[derive(Debug, Default)]
pub struct Html(String);

impl Html {
    /// Nothing yet.
    pub fn new() -> Self {
        Html::default()
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A paragraph.
    pub fn p(&mut self, text: &str) -> &mut Self {
        self.element("p", text)
    }

    /// A paragraph that matters most.
    pub fn strong(&mut self, text: &str) -> &mut Self {
        self.0.push_str("<p>");
        self.element("b", text);
        self.0.push_str("</p>");
        self
    }

    /// A list; nothing if there are no items. Each item may have lines of its own under it.
    pub fn list(&mut self, items: &[(String, Vec<String>)]) -> &mut Self {
        if items.is_empty() {
            return self;
        }
        self.0.push_str("<ul>");
        for (first, more) in items {
            self.0.push_str("<li>");
            self.element("b", first);
            for line in more {
                self.0.push_str("<br/>");
                escape_into(line, &mut self.0);
            }
            self.0.push_str("</li>");
        }
        self.0.push_str("</ul>");
        self
    }

    /// A table: heads, then rows.
    pub fn table(&mut self, heads: &[&str], rows: &[Vec<String>]) -> &mut Self {
        self.0.push_str("<table><thead><tr>");
        for head in heads {
            self.element("th", head);
        }
        self.0.push_str("</tr></thead><tbody>");
        for row in rows {
            self.0.push_str("<tr>");
            for cell in row {
                self.element("td", cell);
            }
            self.0.push_str("</tr>");
        }
        self.0.push_str("</tbody></table>");
        self
    }

    /// The `div` that FHIR wants.
    pub fn div(&self, lang: Lang) -> String {
        format!(
            "<div xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"{0}\" xml:lang=\"{0}\">{1}</div>",
            lang.tag(),
            self.0
        )
    }

    fn element(&mut self, name: &str, text: &str) -> &mut Self {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
        escape_into(text, &mut self.0);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
        self
    }
}

/// Escapes text for XHTML; characters that XML does not allow are left out.
pub fn escape_into(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markup_from_outside_stays_text() {
        let mut html = Html::new();
        html.p("<script>alert('x')</script> & \"mer\"")
            .list(&[("<b>".into(), vec!["</li>".into()])])
            .table(&["<th>"], &[vec!["a\u{0}<td>".into()]]);
        let div = html.div(Lang::Nb);
        assert!(!div.contains("<script") && div.contains("<br/>&lt;/li&gt;</li></ul>"), "{div}");
        assert!(div.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;mer&quot;"));
        assert!(div.contains("<td>a&lt;td&gt;</td>"));
    }

    #[test]
    fn the_div_says_its_language() {
        assert_eq!(
            Html::new().div(Lang::Nn),
            "<div xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"nn\" xml:lang=\"nn\"></div>"
        );
    }

    proptest! {
        #[test]
        fn no_text_becomes_markup(text in any::<String>()) {
            let mut out = String::new();
            escape_into(&text, &mut out);
            prop_assert!(!out.contains(['<', '>', '"', '\'']));
            prop_assert!(out.chars().all(|c| c == ' ' || !c.is_control()));
        }
    }
}
