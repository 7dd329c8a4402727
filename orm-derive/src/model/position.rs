//! Where a column lies among the columns of its table.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::Type;

/// A count of columns: some known here, and those of embedded structs, known to the compiler.
#[derive(Clone, Default)]
pub(crate) struct Position {
    columns: usize,
    embedded: Vec<Type>,
}

impl Position {
    /// Returns the position `columns` after the first one.
    pub(crate) fn nth(columns: usize) -> Self {
        Self { columns, embedded: Vec::new() }
    }

    /// Returns this position, and moves on by one column.
    pub(crate) fn advance(&mut self) -> Self {
        let here = self.clone();
        self.columns += 1;
        here
    }

    /// Returns this position, and moves on by the columns of `embedded`.
    pub(crate) fn advance_over(&mut self, embedded: &Type) -> Self {
        let here = self.clone();
        self.embedded.push(embedded.clone());
        here
    }

    /// Returns the expression `at` moved on to this position.
    pub(crate) fn after_at(&self) -> TokenStream {
        if self.columns == 0 && self.embedded.is_empty() { quote!(at) } else { quote!(at + #self) }
    }
}

impl ToTokens for Position {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let columns = Literal::usize_unsuffixed(self.columns);
        let embedded = &self.embedded;
        tokens.extend(quote!(#columns #(+ <#embedded as __orm::Embed>::FIELDS.len())*));
    }
}
