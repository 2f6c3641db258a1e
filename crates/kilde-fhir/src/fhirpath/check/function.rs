//! What functions take and give.

use super::shape::{One, Shape};
use super::{Check, Result, error};
use crate::fhirpath::ast::Call;
use crate::fhirpath::function::Id;
use crate::fhirpath::system::SystemType;

impl Check {
    /// A call: the shape of its result. `this` is what plain arguments see.
    pub(super) fn call(self, call: &Call, input: &Shape, this: &Shape, offset: u32) -> Result<Shape> {
        use Id::*;
        let id = call.function.id;
        if let Some(wanted) = call.type_specifier.as_ref().filter(|w| w.unknown) {
            return Err(error("a type that is not defined", u32::try_from(wanted.offset).unwrap_or(offset)));
        }
        let item = input.clone().single();
        let sees = match id {
            Where | Select | Exists | All | Repeat | RepeatAll | Sort | Aggregate | Iif | Trace => &item,
            _ => this,
        };
        let mut arguments = Vec::new();
        for (n, argument) in call.arguments.iter().enumerate() {
            // What is repeated is evaluated for its own results, too; names are those of either.
            let loose = matches!(id, Repeat | RepeatAll | Aggregate) || (id == Trace && n == 0);
            let sees = if loose { &Shape::unknown() } else { sees };
            arguments.push(self.expr(argument, sees)?);
        }
        let mut arguments = arguments.into_iter();
        match id {
            First | Last | Tail | Skip | Take => self.ordered(input, offset)?,
            IndexOf | LastIndexOf | Substring | StartsWith | EndsWith | Contains | Upper | Lower | Replace | Matches | MatchesFull
            | ReplaceMatches | Length | ToChars | Trim | Split
                if input.is_never_text() =>
            {
                return Err(error(format!("{} is no function of {}", call.function.name, input.names()), offset));
            }
            _ => {}
        }
        let system = |t| Ok(Shape::of(One::System(t)));
        match id {
            Where | Tail | Skip | Take | Distinct | Exclude | Intersect | Trace | Sort | CheckModifiers | Slice => Ok(input.clone()),
            First | Last | Single => Ok(item),
            Union | Combine => Ok(arguments.next().map_or(Shape::unknown(), |other| input.clone().and(other))),
            Select => Ok(arguments.next().map_or(Shape::unknown(), |s| Shape {
                one: s.one && input.one,
                ..s
            })),
            Is | As | OfType => match (&call.type_specifier, id) {
                (Some(wanted), As | OfType) => Ok(input.as_type(wanted)),
                _ => system(SystemType::Boolean),
            },
            Iif => {
                let condition = arguments.next().unwrap_or_else(Shape::unknown);
                if condition.is_never_boolean() {
                    return Err(error("the condition of iif is no boolean", offset));
                }
                let chosen = arguments.next().unwrap_or_else(Shape::unknown);
                Ok(chosen.and(arguments.next().unwrap_or_else(Shape::nothing)))
            }
            Children | Descendants => Ok(Shape::unknown().unordered()),
            Extension => {
                if input.member("extension").is_none() {
                    return Err(error(format!("{} has no extensions", input.names()), offset));
                }
                let extension = crate::fhirpath::types::FhirType::of("Extension").map(One::Fhir);
                Ok(Shape {
                    one: false,
                    ..extension.map_or(Shape::unknown(), Shape::of)
                })
            }
            Empty | Exists | All | AllTrue | AnyTrue | AllFalse | AnyFalse | SubsetOf | SupersetOf | IsDistinct | Not | HasValue
            | StartsWith | EndsWith | Contains | Matches | MatchesFull | ConvertsToBoolean | ConvertsToInteger | ConvertsToDecimal
            | ConvertsToDate | ConvertsToDateTime | ConvertsToTime | ConvertsToQuantity | ConvertsToString | ToBoolean | MemberOf
            | Subsumes | SubsumedBy | HtmlChecks | ConformsTo | Comparable => system(SystemType::Boolean),
            Count | ToInteger | IndexOf | LastIndexOf | Length | Precision | Ceiling | Floor | Truncate => system(SystemType::Integer),
            ToDecimal | Exp | Ln | Log | Sqrt | Round => system(SystemType::Decimal),
            ToDate | Today => system(SystemType::Date),
            ToDateTime | Now => system(SystemType::DateTime),
            ToTime | TimeOfDay => system(SystemType::Time),
            ToQuantity => system(SystemType::Quantity),
            ToString | Substring | Upper | Lower | Replace | ReplaceMatches | Encode | Decode | Escape | Unescape | Trim | Join => {
                system(SystemType::String)
            }
            Repeat | RepeatAll | Aggregate | Coalesce | Abs | Power | Type | LowBoundary | HighBoundary | GetValue | Resolve
            | ElementDefinition | ToChars | Split => Ok(Shape::unknown()),
        }
    }
}
