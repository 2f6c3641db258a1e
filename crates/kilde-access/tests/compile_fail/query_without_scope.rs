use kilde_access::AccessScope;
pub fn query(scope: &AccessScope) -> usize {
    scope.client().len()
}
pub fn without() -> usize {
    query()
}
