//! Conditions: the lists of clauses under `when`, `any`, `not` and `all`.

use super::clauses::constant;
use super::expression::{ExpressionCompiler, Kind, Names, common, incomparable};
use super::measure::one_line;
use super::reader::Reader;
use crate::syntax::clause;
use crate::{Comparison, Condition, Expression};
use ringfence_cdr::yaml::{Content, Mark, Node};

/// A condition with the place of each of its comparisons, in reading order.
#[derive(Debug)]
pub(crate) struct Placed {
    pub(crate) condition: Condition,
    pub(crate) places: Vec<Mark>,
}

/// Compiles a list of clauses that must all hold; a single clause is a list of one. `None` once an error was reported.
pub(crate) fn conditions(reader: &mut Reader<'_>, names: &mut Names<'_>, node: &Node, what: &str) -> Option<Placed> {
    let mut places = Vec::new();
    let parts = parts(reader, names, node, what, &mut places)?;
    Some(Placed { condition: Condition::All(parts), places })
}

fn parts(
    reader: &mut Reader<'_>,
    names: &mut Names<'_>,
    node: &Node,
    what: &str,
    places: &mut Vec<Mark>,
) -> Option<Vec<Condition>> {
    let nodes = match &node.content {
        Content::Sequence(nodes) => &nodes[..],
        _ => std::slice::from_ref(node),
    };
    if nodes.is_empty() {
        reader.report(
            node.start,
            crate::Level::Error,
            what,
            format!("`{what}` has no clause"),
            "add one: - calls > 100",
        );
        return None;
    }
    let parts: Vec<Option<Condition>> = nodes.iter().map(|node| part(reader, names, node, places)).collect();
    parts.into_iter().collect()
}

fn part(reader: &mut Reader<'_>, names: &mut Names<'_>, node: &Node, places: &mut Vec<Mark>) -> Option<Condition> {
    match &node.content {
        Content::Scalar(..) => comparison(reader, names, node, places),
        Content::Sequence(_) => {
            reader.error(
                node,
                "a list within a list says not how its clauses join",
                "write `any: [...]` or `all: [...]`",
            );
            None
        }
        Content::Mapping(entries) => {
            let fields = reader.fields(node, "a condition", &["any", "all", "not"], &[])?;
            let [entry] = &entries[..] else {
                reader.error(
                    node,
                    "a condition has one of `any`, `all` and `not`",
                    "write each as an entry of its own",
                );
                return None;
            };
            let joiner = entry.key.scalar().unwrap_or_default();
            let Some(value) = fields.get(joiner) else {
                if matches!(joiner, "any" | "all" | "not") {
                    reader.error(&entry.key, format!("`{joiner}` has no clause"), "add one: - calls > 100");
                }
                return None;
            };
            match joiner {
                "any" => parts(reader, names, value, joiner, places).map(Condition::Any),
                "all" => parts(reader, names, value, joiner, places).map(Condition::All),
                "not" => {
                    let mut inner = parts(reader, names, value, joiner, places)?;
                    let inner = if inner.len() == 1 { inner.pop()? } else { Condition::All(inner) };
                    Some(Condition::Not(Box::new(inner)))
                }
                _ => None,
            }
        }
    }
}

fn comparison(
    reader: &mut Reader<'_>,
    names: &mut Names<'_>,
    node: &Node,
    places: &mut Vec<Mark>,
) -> Option<Condition> {
    let text = reader.text(node, "a clause")?;
    let clause = reader.parsed(node, clause(text))?;
    let mut compiler = ExpressionCompiler { reader, names, node };
    let (left, right) = (compiler.term(&clause.left), compiler.term(&clause.right));
    let (left, right) = (left?, right?);
    let constant = |kind: Kind| matches!(kind, Kind::Number | Kind::Percent);
    let Some(kind) = common(left.kind, right.kind) else {
        let at = if constant(left.kind) && !constant(right.kind) { &clause.left.span } else { &clause.right.span };
        let (message, help) = incomparable(left.kind, right.kind);
        compiler.error(at, message, help);
        return None;
    };
    if left.expression.measures().is_empty() && right.expression.measures().is_empty() {
        compiler.error(&clause.left.span, "the clause names no measure", "compare a measure: count() over 1h > 100");
        return None;
    }
    places.push(node.start);
    let left_text = text.get(clause.left.span.clone()).unwrap_or_default();
    Some(Condition::Compare(Comparison {
        left: folded(left.expression),
        operator: clause.operator.node,
        right: folded(right.expression),
        unit: kind.unit(),
        left_text: one_line(left_text).into(),
        text: one_line(text).into(),
    }))
}

/// A calculation without measures as the value it has: a limit is then a constant, however it is written.
fn folded(expression: Expression) -> Expression {
    constant(&expression).map_or(expression, Expression::Constant)
}
