//! The functions, by subject.

mod boundary;
mod collection;
mod conversion;
mod encoding;
mod fhir;
mod lambda;
mod maths;
mod sort;
mod strings;
mod terminology;
mod tree;
mod utility;

use super::ast::{Call, Expr};
use super::error::{ErrorKind, EvaluationError, fault};
use super::evaluate::{Evaluator, Items, Outcome, Scope};
use super::function::Id;
use super::item::Item;
use super::system::Text;
use super::types::TypeSpecifier;

/// A call that is being made: the input and the arguments, not yet evaluated.
#[derive(Clone, Copy)]
struct Made<'c, 'a> {
    call: &'c Call,
    input: &'c [Item<'a>],
    scope: Scope<'c, 'a>,
}

impl<'c, 'a> Made<'c, 'a> {
    fn id(&self) -> Id {
        self.call.function.id
    }

    /// The nth argument as written.
    fn expr(&self, n: usize) -> Result<&'c Expr, EvaluationError> {
        self.call.arguments.get(n).ok_or_else(missing)
    }

    fn has(&self, n: usize) -> bool {
        n < self.call.arguments.len()
    }

    /// The nth argument's value, evaluated where the call stands.
    fn argument(&self, evaluator: &mut Evaluator<'_, 'a>, n: usize) -> Outcome<'a> {
        evaluator.eval(self.expr(n)?, self.scope)
    }

    fn text(&self, evaluator: &mut Evaluator<'_, 'a>, n: usize) -> Result<Option<Text<'a>>, EvaluationError> {
        super::evaluate::text(&self.argument(evaluator, n)?)
    }

    fn integer(&self, evaluator: &mut Evaluator<'_, 'a>, n: usize) -> Result<Option<i32>, EvaluationError> {
        super::evaluate::integer(&self.argument(evaluator, n)?)
    }

    fn wanted_type(&self) -> Result<&'c TypeSpecifier, EvaluationError> {
        self.call.type_specifier.as_ref().ok_or_else(missing)
    }
}

fn missing() -> EvaluationError {
    fault(ErrorKind::Argument, "an argument is missing")
}

pub(super) fn call<'a>(evaluator: &mut Evaluator<'_, 'a>, call: &Call, input: &[Item<'a>], scope: Scope<'_, 'a>) -> Outcome<'a> {
    use Id::*;
    let made = Made { call, input, scope };
    match call.function.id {
        Empty | AllTrue | AnyTrue | AllFalse | AnyFalse | SubsetOf | SupersetOf | Count | Distinct | IsDistinct | Single | First | Last
        | Tail | Skip | Take | Intersect | Exclude | Union | Combine | Not => collection::call(evaluator, made),
        Exists | All | Where | Select | Repeat | RepeatAll | Aggregate | Coalesce | Iif => lambda::call(evaluator, made),
        Sort => sort::sort(evaluator, made),
        ToBoolean | ToInteger | ToDecimal | ToDate | ToDateTime | ToTime | ToQuantity | ToString => conversion::convert(evaluator, made),
        ConvertsToBoolean | ConvertsToInteger | ConvertsToDecimal | ConvertsToDate | ConvertsToDateTime | ConvertsToTime
        | ConvertsToQuantity | ConvertsToString => conversion::converts(evaluator, made),
        IndexOf | LastIndexOf | Substring | StartsWith | EndsWith | Contains | Upper | Lower | Replace | Matches | MatchesFull
        | ReplaceMatches | Length | ToChars | Trim | Split | Join => strings::call(evaluator, made),
        Encode | Decode | Escape | Unescape => encoding::call(evaluator, made),
        Abs | Ceiling | Exp | Floor | Ln | Log | Power | Round | Sqrt | Truncate => maths::call(evaluator, made),
        Children | Descendants | Is | As | OfType | Type => tree::call(evaluator, made),
        Trace | Now | Today | TimeOfDay => utility::call(evaluator, made),
        LowBoundary | HighBoundary | Precision | Comparable => boundary::call(evaluator, made),
        MemberOf | Subsumes | SubsumedBy => terminology::call(evaluator, made),
        Extension | HasValue | GetValue | Resolve | HtmlChecks | ConformsTo | ElementDefinition | Slice | CheckModifiers => {
            fhir::call(evaluator, made)
        }
    }
}

/// An item as a collection.
fn some<'a>(item: Option<&Item<'a>>) -> Items<'a> {
    item.cloned().into_iter().collect()
}
