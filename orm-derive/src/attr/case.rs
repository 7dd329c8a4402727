//! `rename_all`: names in another case, in the words of serde.

use heck::{
    ToKebabCase, ToLowerCamelCase, ToPascalCase, ToShoutyKebabCase, ToShoutySnakeCase, ToSnakeCase,
};
use syn::LitStr;

use crate::report::{listed, suggestion};

/// A way to write names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

const CASES: [(&str, Case); 8] = [
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("PascalCase", Case::Pascal),
    ("camelCase", Case::Camel),
    ("snake_case", Case::Snake),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
    ("kebab-case", Case::Kebab),
    ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
];

impl Case {
    /// Returns the case that `text` names.
    pub(crate) fn named(text: &LitStr) -> syn::Result<Self> {
        let found = text.value();
        let names = || CASES.iter().map(|(name, _)| *name);
        CASES.iter().find(|(name, _)| *name == found).map(|(_, case)| *case).ok_or_else(|| {
            let guess = suggestion(&found, names());
            let message = format!("unknown case `{found}`{guess}\nallowed: {}", listed(names()));
            syn::Error::new(text.span(), message)
        })
    }

    /// Returns `name` in this case.
    pub(crate) fn apply(self, name: &str) -> String {
        match self {
            Self::Lower => name.to_lowercase(),
            Self::Upper => name.to_uppercase(),
            Self::Pascal => name.to_pascal_case(),
            Self::Camel => name.to_lower_camel_case(),
            Self::Snake => name.to_snake_case(),
            Self::ScreamingSnake => name.to_shouty_snake_case(),
            Self::Kebab => name.to_kebab_case(),
            Self::ScreamingKebab => name.to_shouty_kebab_case(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_written_as_serde_writes_it() {
        let written = CASES.map(|(_, case)| case.apply("created_at"));

        assert_eq!(
            written,
            [
                "created_at",
                "CREATED_AT",
                "CreatedAt",
                "createdAt",
                "created_at",
                "CREATED_AT",
                "created-at",
                "CREATED-AT",
            ]
        );
    }

    #[test]
    fn variants_are_split_at_capitals() {
        assert_eq!(Case::Snake.apply("InTransit"), "in_transit");
        assert_eq!(Case::Lower.apply("InTransit"), "intransit");
    }
}
