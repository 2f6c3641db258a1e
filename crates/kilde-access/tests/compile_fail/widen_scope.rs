pub fn widen(scope: &mut kilde_access::AccessScope) {
    scope.read = kilde_access::Categories::ALL;
}
