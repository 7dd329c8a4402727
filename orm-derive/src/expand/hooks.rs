//! The function by which a model declares what runs at events of its rows.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::place_of;
use crate::attr::{Event, Hook};
use crate::model::Model;

/// Returns the function, if the model declares something.
pub(super) fn declared(model: &Model) -> Option<TokenStream> {
    if model.hooks.is_empty() {
        return None;
    }
    let hooks = model.hooks.iter().map(|hook| declare(model, hook));
    Some(quote! {
        fn declare_events(events: &mut dyn ::core::any::Any) {
            if let ::core::option::Option::Some(events) = events.downcast_mut::<__orm::Events>() {
                #(#hooks)*
            }
        }
    })
}

fn declare(model: &Model, hook: &Hook) -> TokenStream {
    let (owner, function) = (&model.ident, &hook.function);
    let event = match hook.event {
        Event::BeforeInsert => quote!(BeforeInsert),
        Event::BeforeUpdate => quote!(BeforeUpdate),
        Event::BeforeDelete => quote!(BeforeDelete),
        Event::AfterInsert => quote!(AfterInsert),
        Event::AfterUpdate => quote!(AfterUpdate),
        Event::AfterDelete => quote!(AfterDelete),
        Event::Load => {
            return quote_spanned!(place_of(function)=> events.declare_load::<#owner>(#function););
        }
    };
    quote_spanned! {place_of(function)=>
        events.declare::<#owner, _>(__orm::RowEvent::#event, #function);
    }
}
