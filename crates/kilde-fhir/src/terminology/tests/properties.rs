//! The whole against simple, obviously right ways of doing the same.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

type Set = BTreeSet<u32>;

/// Concepts with links to concepts of lower number: no circles.
fn hierarchy() -> impl Strategy<Value = Snomed> {
    (2u32..14).prop_flat_map(|n| {
        let link = (1..n).prop_flat_map(move |child| (Just(child), 0..child));
        let attribute = (0..n, 0..n, 0..n, 0..3u32);
        (
            prop::collection::vec(link, 0..24),
            prop::collection::vec(attribute, 0..16),
            prop::collection::vec((0..n, 0..n), 0..8),
        )
            .prop_map(move |(links, attributes, members)| Snomed {
                concepts: n,
                links,
                attributes,
                members,
            })
    })
}

impl Snomed {
    /// All pairs (below, above), by repeating until nothing is new.
    fn closure(&self) -> BTreeSet<(u32, u32)> {
        let mut pairs: BTreeSet<(u32, u32)> = self.links.iter().copied().collect();
        loop {
            let more: Vec<(u32, u32)> = pairs
                .iter()
                .flat_map(|(a, b)| pairs.iter().filter(move |(c, _)| c == b).map(move |(_, d)| (*a, *d)))
                .collect();
            let before = pairs.len();
            pairs.extend(more);
            if pairs.len() == before {
                return pairs;
            }
        }
    }
}

/// An expression, its text and its meaning side by side.
#[derive(Debug, Clone)]
enum Ecl {
    Any,
    Concept(u32),
    Around(&'static str, Box<Ecl>),
    Members(Box<Ecl>),
    Join(&'static str, Box<Ecl>, Box<Ecl>),
    Refined(Box<Ecl>, Box<Ecl>, bool, Box<Ecl>),
    Grouped(Box<Ecl>, [Box<Ecl>; 4]),
    Reverse(Box<Ecl>, Box<Ecl>, Box<Ecl>),
    Dotted(Box<Ecl>, Box<Ecl>),
}

fn ecl(concepts: u32) -> impl Strategy<Value = Ecl> {
    let leaf = prop_oneof![1 => Just(Ecl::Any), 6 => (0..concepts).prop_map(Ecl::Concept)];
    leaf.prop_recursive(4, 24, 5, |inner| {
        let boxed = inner.prop_map(Box::new);
        let around = prop::sample::select(vec!["<", "<<", "<!", "<<!", ">", ">>", ">!", ">>!"]);
        let join = prop::sample::select(vec!["AND", "OR", "MINUS"]);
        prop_oneof![
            (around, boxed.clone()).prop_map(|(o, e)| Ecl::Around(o, e)),
            boxed.clone().prop_map(Ecl::Members),
            (join, boxed.clone(), boxed.clone()).prop_map(|(j, a, b)| Ecl::Join(j, a, b)),
            (boxed.clone(), boxed.clone(), any::<bool>(), boxed.clone()).prop_map(|(f, n, e, v)| Ecl::Refined(f, n, e, v)),
            (boxed.clone(), prop::array::uniform4(boxed.clone())).prop_map(|(f, parts)| Ecl::Grouped(f, parts)),
            (boxed.clone(), boxed.clone(), boxed.clone()).prop_map(|(f, n, v)| Ecl::Reverse(f, n, v)),
            (boxed.clone(), boxed).prop_map(|(f, n)| Ecl::Dotted(f, n)),
        ]
    })
}

impl Ecl {
    fn text(&self) -> String {
        match self {
            Ecl::Any => "*".to_owned(),
            Ecl::Concept(c) => format!("{} |a term ()|", sctid(*c)),
            Ecl::Around(o, e) => format!("{o}({})", e.text()),
            Ecl::Members(e) => format!("^ ({})", e.text()),
            Ecl::Join(j, a, b) => format!("({}) {j} ({})", a.text(), b.text()),
            Ecl::Refined(f, n, e, v) => format!("({}) : ({}) {} ({})", f.text(), n.text(), if *e { "=" } else { "!=" }, v.text()),
            Ecl::Grouped(f, [n1, v1, n2, v2]) => {
                format!(
                    "({}):{{({})=({}),({}) = ({})}}",
                    f.text(),
                    n1.text(),
                    v1.text(),
                    n2.text(),
                    v2.text()
                )
            }
            Ecl::Reverse(f, n, v) => format!("({}): R ({}) = ({})", f.text(), n.text(), v.text()),
            Ecl::Dotted(f, n) => format!("({}) . ({})", f.text(), n.text()),
        }
    }

    fn meaning(&self, s: &Snomed) -> Set {
        let below = s.closure();
        let all: Set = (0..s.concepts).collect();
        match self {
            Ecl::Any => all,
            Ecl::Concept(c) => Set::from([*c]),
            Ecl::Around(o, e) => {
                let from = e.meaning(s);
                let direct = o.ends_with('!');
                let related = |c: &u32, f: &u32| {
                    let pair = if o.starts_with('<') { (*c, *f) } else { (*f, *c) };
                    if direct { s.links.contains(&pair) } else { below.contains(&pair) }
                };
                let itself = o.len() >= 2 && o.as_bytes()[0] == o.as_bytes()[1];
                all.into_iter()
                    .filter(|c| from.iter().any(|f| related(c, f)) || (itself && from.contains(c)))
                    .collect()
            }
            Ecl::Members(e) => {
                let from = e.meaning(s);
                s.members.iter().filter(|(r, _)| from.contains(r)).map(|(_, m)| *m).collect()
            }
            Ecl::Join(j, a, b) => {
                let (a, b) = (a.meaning(s), b.meaning(s));
                match *j {
                    "AND" => &a & &b,
                    "OR" => &a | &b,
                    _ => &a - &b,
                }
            }
            Ecl::Refined(f, n, e, v) => {
                let (focus, names, values) = (f.meaning(s), n.meaning(s), v.meaning(s));
                let has = |c: &u32| {
                    s.attributes
                        .iter()
                        .any(|(source, kind, target, _)| source == c && names.contains(kind) && values.contains(target) == *e)
                };
                focus.into_iter().filter(has).collect()
            }
            Ecl::Grouped(f, [n1, v1, n2, v2]) => {
                let focus = f.meaning(s);
                let (n1, v1, n2, v2) = (n1.meaning(s), v1.meaning(s), n2.meaning(s), v2.meaning(s));
                let has = |c: &u32| {
                    let of: Vec<_> = s.attributes.iter().filter(|a| a.0 == *c).collect();
                    of.iter().any(|a| {
                        of.iter().any(|b| {
                            let together = std::ptr::eq(*a, *b) || (a.3 != 0 && a.3 == b.3);
                            together && n1.contains(&a.1) && v1.contains(&a.2) && n2.contains(&b.1) && v2.contains(&b.2)
                        })
                    })
                };
                focus.into_iter().filter(has).collect()
            }
            Ecl::Reverse(f, n, v) => {
                let (focus, names, values) = (f.meaning(s), n.meaning(s), v.meaning(s));
                let has = |c: &u32| {
                    s.attributes
                        .iter()
                        .any(|(source, kind, target, _)| target == c && names.contains(kind) && values.contains(source))
                };
                focus.into_iter().filter(has).collect()
            }
            Ecl::Dotted(f, n) => {
                let (focus, names) = (f.meaning(s), n.meaning(s));
                s.attributes
                    .iter()
                    .filter(|a| focus.contains(&a.0) && names.contains(&a.1))
                    .map(|a| a.2)
                    .collect()
            }
        }
    }
}

/// A random value set over a system, and what is in it.
#[derive(Debug, Clone)]
enum Picked {
    All,
    Listed(Vec<u32>),
    Filter(&'static str, u32),
}

fn picked(n: u32) -> impl Strategy<Value = Picked> {
    let op = prop::sample::select(vec!["is-a", "descendent-of", "is-not-a", "generalizes", "=", "in", "not-in"]);
    prop_oneof![
        Just(Picked::All),
        prop::collection::vec(0..n, 1..5).prop_map(Picked::Listed),
        (op, 0..n).prop_map(|(op, c)| Picked::Filter(op, c)),
    ]
}

impl Picked {
    fn json(&self) -> String {
        match self {
            Picked::All => format!(r#"{{"system":"{SNOMED}"}}"#),
            Picked::Listed(codes) => {
                let codes: Vec<String> = codes.iter().map(|c| format!(r#"{{"code":"{}"}}"#, sctid(*c))).collect();
                format!(r#"{{"system":"{SNOMED}","concept":[{}]}}"#, codes.join(","))
            }
            Picked::Filter(op, c) => {
                // `in` with one code would be a reference set.
                let value = if op.ends_with("in") {
                    format!("{},{}", sctid(*c), sctid(0))
                } else {
                    sctid(*c)
                };
                format!(r#"{{"system":"{SNOMED}","filter":[{{"property":"concept","op":"{op}","value":"{value}"}}]}}"#)
            }
        }
    }

    fn has(&self, s: &Snomed, below: &BTreeSet<(u32, u32)>, code: u32) -> bool {
        let _ = s;
        match self {
            Picked::All => true,
            Picked::Listed(codes) => codes.contains(&code),
            Picked::Filter(op, c) => match *op {
                "is-a" => code == *c || below.contains(&(code, *c)),
                "descendent-of" => below.contains(&(code, *c)),
                "is-not-a" => !(code == *c || below.contains(&(code, *c))),
                "generalizes" => code == *c || below.contains(&(*c, code)),
                "=" => code == *c,
                "in" => code == *c || code == 0,
                _ => !(code == *c || code == 0),
            },
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn subsumption_is_a_partial_order(s in hierarchy()) {
        let store = s.load();
        let closure = s.closure();
        let is_a = |a: u32, b: u32| store.is_a(SNOMED, &sctid(a), &sctid(b)) == Answer::Yes;
        for a in 0..s.concepts {
            prop_assert!(is_a(a, a));
            for b in 0..s.concepts {
                prop_assert_eq!(is_a(a, b), a == b || closure.contains(&(a, b)));
                prop_assert!(a == b || !(is_a(a, b) && is_a(b, a)));
                for c in 0..s.concepts {
                    prop_assert!(!(is_a(a, b) && is_a(b, c)) || is_a(a, c));
                }
            }
            let below: BTreeSet<String> = store.below(SNOMED, &sctid(a)).unwrap().map(str::to_owned).collect();
            prop_assert_eq!(below, (0..s.concepts).filter(|b| is_a(*b, a)).map(sctid).collect::<BTreeSet<_>>());
        }
    }

    #[test]
    fn links_in_circles_still_give_an_order(n in 2u32..10, links in prop::collection::vec((0u32..10, 0u32..10), 0..30)) {
        let concepts: Vec<String> = (0..n).map(|c| {
            let parents: Vec<String> = links.iter().filter(|(a, b)| *a == c && *b < n)
                .map(|(_, b)| format!(r#"{{"code":"parent","valueCode":"{b}"}}"#)).collect();
            format!(r#"{{"code":"{c}","property":[{}]}}"#, parents.join(","))
        }).collect();
        let mut builder = TerminologyBuilder::new();
        builder.resource(json(&format!(r#"{{"resourceType":"CodeSystem","url":"urn:s","content":"complete","concept":[{}]}}"#, concepts.join(","))).root());
        let store = builder.build().0;
        let is_a = |a: u32, b: u32| store.is_a("urn:s", &a.to_string(), &b.to_string()) == Answer::Yes;
        for a in 0..n {
            for b in 0..n {
                prop_assert!(a == b || !(is_a(a, b) && is_a(b, a)), "{a} {b}");
            }
        }
    }

    #[test]
    fn expressions_mean_what_sets_mean((s, e) in hierarchy().prop_flat_map(|s| { let n = s.concepts; (Just(s), ecl(n)) })) {
        let store = s.load();
        let url = format!("http://snomed.info/sct?fhir_vs=ecl/{}", e.text());
        let request = ExpandRequest { url: Some(url.clone()), ..ExpandRequest::default() };
        let found: BTreeSet<String> = store.expand(&request).unwrap().contains.into_iter().map(|c| c.coding.code).collect();
        prop_assert_eq!(&found, &e.meaning(&s).into_iter().map(sctid).collect::<BTreeSet<_>>(), "{}", e.text());
        for c in 0..s.concepts {
            prop_assert_eq!(store.in_value_set(&url, Some(SNOMED), &sctid(c)) == Answer::Yes, found.contains(&sctid(c)));
        }
    }

    #[test]
    fn an_expansion_is_what_its_parts_say(
        (s, include, exclude, nested) in hierarchy().prop_flat_map(|s| {
            let n = s.concepts;
            (Just(s), prop::collection::vec(picked(n), 1..4), prop::collection::vec(picked(n), 0..2), prop::option::of((picked(n), picked(n))))
        }),
        page in (0usize..6, 0usize..6),
    ) {
        let mut store = TerminologyBuilder::new();
        let list = |parts: &[Picked]| parts.iter().map(Picked::json).collect::<Vec<_>>().join(",");
        if let Some((a, b)) = &nested {
            for (url, part) in [("urn:na", a), ("urn:nb", b)] {
                store.resource(json(&format!(r#"{{"resourceType":"ValueSet","url":"{url}","compose":{{"include":[{}]}}}}"#, part.json())).root());
            }
        }
        let more = if nested.is_some() { r#",{"valueSet":["urn:na","urn:nb"]}"# } else { "" };
        store.resource(json(&format!(r#"{{"resourceType":"ValueSet","url":"urn:set","compose":{{"include":[{}{more}],"exclude":[{}]}}}}"#, list(&include), list(&exclude))).root());
        // One store has the value sets, the other the codes: put together.
        let store = {
            let text = s.as_code_system();
            store.resource(json(&text).root());
            store.build().0
        };
        let below = s.closure();
        let inside = |c: u32| {
            let has = |p: &Picked| p.has(&s, &below, c);
            (include.iter().any(has) || nested.as_ref().is_some_and(|(a, b)| has(a) && has(b))) && !exclude.iter().any(has)
        };
        let expected: BTreeSet<String> = (0..s.concepts).filter(|c| inside(*c)).map(sctid).collect();
        let mut request = ExpandRequest { url: Some("urn:set".to_owned()), ..ExpandRequest::default() };
        let whole: Vec<String> = store.expand(&request).unwrap().contains.into_iter().map(|c| c.coding.code).collect();
        prop_assert_eq!(whole.iter().cloned().collect::<BTreeSet<_>>(), expected.clone());
        prop_assert_eq!(whole.len(), expected.len(), "each once");
        for c in 0..s.concepts {
            prop_assert_eq!(store.in_value_set("urn:set", Some(SNOMED), &sctid(c)), Answer::from(inside(c)));
        }
        request.offset = page.0;
        request.count = Some(page.1);
        let paged = store.expand(&request).unwrap();
        prop_assert_eq!(paged.total, whole.len());
        let paged: Vec<String> = paged.contains.into_iter().map(|c| c.coding.code).collect();
        prop_assert_eq!(paged, whole.iter().skip(page.0).take(page.1).cloned().collect::<Vec<_>>());
    }

    #[test]
    fn words_are_found_as_by_looking_at_each(displays in prop::collection::vec("[ab]{1,3}( [abå]{1,3}){0,2}", 1..20), filter in "[ab]{1,2}( [aå]{1,2})?") {
        let concepts: Vec<String> = displays.iter().enumerate().map(|(at, d)| format!(r#"{{"code":"{at}","display":"{d}"}}"#)).collect();
        let text = format!(r#"{{"resourceType":"CodeSystem","url":"urn:s","valueSet":"urn:v","content":"complete","concept":[{}]}}"#, concepts.join(","));
        let request = ExpandRequest { url: Some("urn:v".to_owned()), filter: Some(filter.clone()), ..ExpandRequest::default() };
        let found: Vec<String> = store(&[&text]).expand(&request).unwrap().contains.into_iter().map(|c| c.coding.code).collect();
        let matches = |d: &&String| filter.split(' ').all(|f| d.split(' ').any(|w| w.starts_with(f)));
        let expected: Vec<String> = (0..).zip(&displays).filter(|(_, d)| matches(d)).map(|(at, _): (usize, _)| at.to_string()).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,60}", like_ecl in "(<|<<|>!|\\^|\\*|:|\\(|\\)|\\{|\\}|\\[1\\.\\.2\\]|=|!=|R|,| AND | OR | MINUS |138875005|/\\*|\\*/|\\||#|\\.){0,30}") {
        let _ = (ecl::check(&text), ecl::check(&like_ecl));
        let store = store(&[]);
        for url in [format!("http://snomed.info/sct?fhir_vs=ecl/{text}"), format!("http://loinc.org/vs/{text}"), text.clone()] {
            let _ = store.in_value_set(&url, Some(&text), &text);
            let _ = store.expand(&ExpandRequest { url: Some(url), filter: Some(text.clone()), ..ExpandRequest::default() });
        }
    }
}

impl Snomed {
    /// The same hierarchy as a CodeSystem resource.
    fn as_code_system(&self) -> String {
        let concepts: Vec<String> = (0..self.concepts)
            .map(|c| {
                let of = self.links.iter().filter(|(child, _)| *child == c);
                let parents: Vec<String> = of
                    .map(|(_, p)| format!(r#"{{"code":"parent","valueCode":"{}"}}"#, sctid(*p)))
                    .collect();
                format!(r#"{{"code":"{}","property":[{}]}}"#, sctid(c), parents.join(","))
            })
            .collect();
        format!(
            r#"{{"resourceType":"CodeSystem","url":"{SNOMED}","content":"complete","concept":[{}]}}"#,
            concepts.join(",")
        )
    }
}

/// Any JSON with the names that readers look for.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let names = prop::sample::select(vec![
        "url",
        "version",
        "content",
        "concept",
        "code",
        "display",
        "designation",
        "value",
        "valueCode",
        "property",
        "compose",
        "include",
        "exclude",
        "system",
        "filter",
        "op",
        "valueSet",
        "expansion",
        "contains",
        "group",
        "element",
        "target",
        "equivalence",
        "uniqueId",
        "identifier",
        "language",
        "use",
        "valueCoding",
        "unmapped",
        "mode",
        "supplements",
        "entry",
        "resource",
        "parameter",
        "name",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        prop::sample::select(vec![
            "",
            "urn:s",
            "supplement",
            "complete",
            "is-a",
            "=",
            "a",
            "http://snomed.info/sct",
            "fixed",
            "regex"
        ])
        .prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::Array),
            prop::collection::btree_map(names.clone(), inner, 0..6).prop_map(|m| m.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_panics(body in any_json(), kind in prop::sample::select(vec!["CodeSystem", "ValueSet", "ConceptMap", "NamingSystem", "Bundle", "Parameters"])) {
        let mut body = if body.is_object() { body } else { serde_json::json!({ "concept": body.clone(), "compose": body.clone(), "group": body }) };
        body["resourceType"] = kind.into();
        body["url"] = "urn:s".into();
        let document = json(&body.to_string());
        let mut builder = TerminologyBuilder::new();
        builder.resource(document.root());
        let store = builder.build().0;
        let _ = store.in_value_set("urn:s", Some("urn:s"), "a");
        let inputs = Inputs::from_parameters(document.root());
        let coding = Coding::new("urn:s", "a");
        let _ = store.lookup(&LookupRequest { coding: coding.clone(), ..LookupRequest::default() }).map(|l| json(&l.to_parameters()));
        let _ = store.expand(&ExpandRequest { url: Some("urn:s".to_owned()), ..ExpandRequest::default() }).map(|e| json(&e.to_value_set("t", None)));
        let _ = store.translate(&TranslateRequest { codings: vec![coding], ..TranslateRequest::default() }).map(|t| json(&t.to_parameters(true)));
        let _ = (LookupRequest::read(&inputs), ExpandRequest::read(&inputs), TranslateRequest::read(&inputs), SubsumesRequest::read(&inputs));
        if let Ok(request) = ValidateCodeRequest::read_for_value_set(&inputs) {
            let _ = store.validate_code(&request).map(|v| json(&v.to_parameters(true)));
        }
    }
}
