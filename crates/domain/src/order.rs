//! What may be done to an order, decided from its folded state.

use crate::words::{FulfilState, PayState, RefundState};

/// The state of an order on its three axes, with the sums that decide what is still possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderState {
    pub pay: PayState,
    pub fulfil: FulfilState,
    pub refund: RefundState,
    pub paid_minor: i64,
    pub refunded_minor: i64,
}

/// Why an act on an order is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the order is paid: refund it instead of cancelling it")]
    PaidAlready,
    #[error("the order is closed already")]
    ClosedAlready,
    #[error("the order is not waiting to be shipped")]
    NothingToShip,
    #[error("the order is not paid yet: nothing can be refunded")]
    NotPaid,
    #[error("at most {left_minor} minor units can still be refunded")]
    MoreThanPaid { left_minor: i64 },
    #[error("the amount must be more than zero")]
    NotPositive,
}

impl OrderState {
    /// An order can be cancelled while nothing is paid, or once everything paid was refunded.
    ///
    /// # Errors
    /// Says why not.
    pub const fn cancel(&self) -> Result<(), Refusal> {
        if matches!(self.pay, PayState::Closed) || matches!(self.fulfil, FulfilState::Closed) {
            return Err(Refusal::ClosedAlready);
        }
        if self.paid_minor > self.refunded_minor {
            return Err(Refusal::PaidAlready);
        }
        Ok(())
    }

    /// A paid order that waits can be shipped.
    ///
    /// # Errors
    /// Says why not.
    pub const fn ship(&self) -> Result<(), Refusal> {
        if matches!(self.fulfil, FulfilState::Waiting | FulfilState::Underway) { Ok(()) } else { Err(Refusal::NothingToShip) }
    }

    /// A refund never exceeds what was paid and not yet given back.
    ///
    /// # Errors
    /// Says why not.
    pub const fn refund(&self, amount_minor: i64) -> Result<(), Refusal> {
        if amount_minor <= 0 {
            return Err(Refusal::NotPositive);
        }
        if self.paid_minor == 0 {
            return Err(Refusal::NotPaid);
        }
        let left_minor = self.paid_minor - self.refunded_minor;
        if amount_minor > left_minor {
            return Err(Refusal::MoreThanPaid { left_minor });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAID: OrderState = OrderState { pay: PayState::Paid, fulfil: FulfilState::Waiting, refund: RefundState::None, paid_minor: 1_000, refunded_minor: 0 };

    #[test]
    fn acts_and_refusals() {
        assert_eq!(PAID.cancel(), Err(Refusal::PaidAlready));
        assert_eq!(OrderState { refunded_minor: 1_000, ..PAID }.cancel(), Ok(()));
        assert_eq!(OrderState { pay: PayState::Closed, ..PAID }.cancel(), Err(Refusal::ClosedAlready));
        assert_eq!(PAID.ship(), Ok(()));
        assert_eq!(OrderState { fulfil: FulfilState::Done, ..PAID }.ship(), Err(Refusal::NothingToShip));
        assert_eq!(PAID.refund(1_000), Ok(()));
        assert_eq!(PAID.refund(0), Err(Refusal::NotPositive));
        assert_eq!(PAID.refund(1_001), Err(Refusal::MoreThanPaid { left_minor: 1_000 }));
        assert_eq!(OrderState { refunded_minor: 600, ..PAID }.refund(500), Err(Refusal::MoreThanPaid { left_minor: 400 }));
        assert_eq!(OrderState { paid_minor: 0, ..PAID }.refund(1), Err(Refusal::NotPaid));
    }
}
