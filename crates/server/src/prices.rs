//! The prices of every account: the bundled table, with the account's own prices before it.

use arc_swap::ArcSwap;
use std::collections::HashMap;
use std::sync::Arc;
use vedette_model::AccountId;
use vedette_normalize::{PriceRule, Prices};
use vedette_store::{PriceOverride, Store, StoreError};

/// See the module.
pub struct PriceBook {
    bundled: Prices,
    own: ArcSwap<HashMap<AccountId, Prices>>,
}

impl PriceBook {
    /// Reads the overrides of every account.
    pub fn open(store: &dyn Store) -> Result<Self, StoreError> {
        let book = PriceBook { bundled: Prices::bundled(), own: ArcSwap::default() };
        book.reload(store)?;
        Ok(book)
    }

    /// After every change of accounts or prices.
    pub fn reload(&self, store: &dyn Store) -> Result<(), StoreError> {
        let mut own = HashMap::new();
        for account in store.accounts()? {
            let overrides = store.price_overrides(account.id)?;
            if !overrides.is_empty() {
                let rules = overrides.into_iter().map(rule).collect();
                own.insert(account.id, self.bundled.clone().with_overrides(rules));
            }
        }
        self.own.store(Arc::new(own));
        Ok(())
    }

    /// What an account pays.
    #[must_use]
    pub fn of(&self, account: AccountId) -> Prices {
        self.own.load().get(&account).unwrap_or(&self.bundled).clone()
    }
}

fn rule(price: PriceOverride) -> PriceRule {
    PriceRule {
        id: format!("override:{}/{}@{}", price.provider, price.model, price.valid_from).into(),
        provider: price.provider.into(),
        model: price.model.into(),
        valid_from: price.valid_from,
        input_per_million: price.input_per_million,
        output_per_million: price.output_per_million,
        cache_read_per_million: price.cache_read_per_million,
        cache_write_per_million: price.cache_write_per_million,
    }
}
