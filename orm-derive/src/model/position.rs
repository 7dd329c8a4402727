//! Where a column lies among the columns of its table.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

/// A count of columns: some known here, and those of inner structs, known to the compiler.
#[derive(Clone, Default)]
pub(crate) struct Position {
    columns: usize,
    /// The expressions that count the columns of inner structs.
    inner: Vec<TokenStream>,
}

impl Position {
    /// Returns the position `columns` after the first one.
    pub(crate) fn nth(columns: usize) -> Self {
        Self { columns, inner: Vec::new() }
    }

    /// Returns this position, and moves on by one column.
    pub(crate) fn advance(&mut self) -> Self {
        let here = self.clone();
        self.columns += 1;
        here
    }

    /// Returns this position, and moves on by as many columns as the expression `count` says.
    pub(crate) fn advance_over(&mut self, count: TokenStream) -> Self {
        let here = self.clone();
        self.inner.push(count);
        here
    }

    /// Returns the expression `at` moved on to this position.
    pub(crate) fn after_at(&self) -> TokenStream {
        if self.columns == 0 && self.inner.is_empty() { quote!(at) } else { quote!(at + #self) }
    }
}

impl ToTokens for Position {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let columns = Literal::usize_unsuffixed(self.columns);
        let inner = &self.inner;
        tokens.extend(quote!(#columns #(+ #inner)*));
    }
}
