pub fn scope() -> kilde_access::AccessScope {
    fn default<T: Default>() -> T {
        T::default()
    }
    default()
}
