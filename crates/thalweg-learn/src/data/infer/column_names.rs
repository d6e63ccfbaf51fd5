//! Hints about the content of columns in their names.

/// Returns the last word of a name in lower case.
fn last_word(name: &str) -> String {
    let lower = name.to_lowercase();
    lower.rsplit(|c: char| !c.is_alphanumeric()).next().expect("a split has at least one part").to_string()
}

/// Returns `true` for names of identifiers: id, `shop_id`, `shopId`, `patient_nbr`.
pub(super) fn is_identifier(name: &str) -> bool {
    let camel_case = name.strip_suffix("Id").or_else(|| name.strip_suffix("ID"));
    matches!(last_word(name).as_str(), "id" | "ids" | "uuid" | "guid" | "nbr")
        || camel_case.is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_lowercase()))
}

/// Returns `true` for names that are often used for row numbers, but also for quantities.
pub(super) fn may_be_row_number(name: &str) -> bool {
    let lower = name.to_lowercase();
    matches!(lower.as_str(), "index" | "idx" | "key" | "no" | "nr" | "row" | "rownum" | "number" | "instant")
        || lower.starts_with("unnamed:")
}

/// Returns `true` for names of integers that are identifiers if nearly all are distinct: `userid`, `order_number`.
pub(super) fn may_be_identifier(name: &str) -> bool {
    // Not any word that ends with "id": humid is a quantity.
    const ENTITIES: [&str; 21] = [
        "user",
        "customer",
        "client",
        "person",
        "patient",
        "member",
        "employee",
        "student",
        "passenger",
        "account",
        "order",
        "product",
        "item",
        "session",
        "device",
        "transaction",
        "record",
        "row",
        "case",
        "store",
        "shop",
    ];
    name.to_lowercase().strip_suffix("id").is_some_and(|entity| ENTITIES.contains(&entity))
        || matches!(last_word(name).as_str(), "no" | "nr" | "num" | "number" | "key" | "phone" | "account")
}

/// Returns `true` for names of a time or of an independent variable x: such a column may increase by one without being
/// a row number.
pub(super) fn may_be_time(name: &str) -> bool {
    const TIMES: [&str; 14] =
        ["x", "t", "time", "year", "yr", "month", "week", "day", "hour", "minute", "second", "date", "step", "epoch"];
    name.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|word| TIMES.contains(&word))
}
