//! Ids: a type each, so that an order's id cannot be given where a customer's is asked.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Builds a UUIDv7 from an instant (Unix milliseconds) and ten random bytes.
#[must_use]
pub fn uuid_v7(now_ms: i64, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(now_ms).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The sixteen bytes, as they stand in the store.
            #[must_use]
            pub const fn bytes(self) -> [u8; 16] { *self.0.as_bytes() }
        }
        impl From<Uuid> for $name { fn from(id: Uuid) -> Self { Self(id) } }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Uuid::parse_str(text).map(Self) }
        }
    )*};
}

ids! {
    /// A business: one or more shops under one owner.
    OrganisationId;
    /// A running copy with its own store.
    NodeId;
    /// An encrypted store file.
    StoreId;
    /// A person who signs in.
    PersonId;
    /// A shop 门店.
    ShopId;
    /// A group of goods 分类.
    CategoryId;
    /// A sellable unit 商品编码.
    SkuId;
    /// A customer 顾客.
    CustomerId;
    /// An order 订单.
    OrderId;
    /// A line of an order 订单行.
    OrderLineId;
    /// A payment 支付单.
    PaymentId;
    /// A refund 退款单.
    RefundId;
    /// A line of a refund.
    RefundLineId;
    /// A stock movement 库存流水.
    MovementId;
    /// A step of an order on one axis.
    TransitionId;
    /// One import of one file.
    BatchId;
}
