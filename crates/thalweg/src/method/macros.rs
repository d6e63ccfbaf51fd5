//! The macro that declares the hyperparameters of a method.

/// Declares the hyperparameters of a method with their defaults: a plain struct with public fields, whose docs and
/// ranges come from the table in `hyperparameter.rs`.
macro_rules! hyperparameters {
    ($(#[$doc:meta])* $Method:ident { $($(#[$field_attribute:meta])* $field:ident: $Type:ty = $default:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $Method {
            $(
                #[doc = crate::method::hyperparameter::field_doc!($field)]
                $(#[$field_attribute])*
                #[doc = concat!("\n\nDefault: `", stringify!($default), "`.")]
                pub $field: $Type,
            )*
        }

        impl Default for $Method {
            fn default() -> Self {
                Self { $($field: $default),* }
            }
        }

        impl $crate::method::Hyperparameters for $Method {
            const KEYS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn values(&self) -> Vec<$crate::method::HyperparamValue> {
                vec![$($crate::method::hyperparameter::Field::value(self.$field)),*]
            }

            fn set_number(&mut self, key: &str, number: f64) -> $crate::Result<bool> {
                match key {
                    $(stringify!($field) => {
                        self.$field = $crate::method::hyperparameter::Field::from_number(key, number)?;
                    })*
                    _ => return Ok(false),
                }
                Ok(true)
            }

            fn set_text(&mut self, key: &str, text: &str) -> $crate::Result<bool> {
                match key {
                    $(stringify!($field) => {
                        self.$field = $crate::method::hyperparameter::Field::from_text(key, text)?;
                    })*
                    _ => return Ok(false),
                }
                Ok(true)
            }
        }
    };
}
