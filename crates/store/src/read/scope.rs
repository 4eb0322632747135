//! The rows for which a right holds, as a condition in SQL: the same answer as `ScopeExpr::has` gives of one row.

use super::sql::Sql;
use domain::access::{Region, ScopeExpr};

/// Which columns of a query hold what a decision knows of a row; `None` where its rows have no such thing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Columns<'a> {
    pub shop: Option<&'a str>,
    pub department: Option<&'a str>,
    pub owner: Option<&'a str>,
}

impl Sql {
    /// Adds the condition that a row is within a scope, in brackets.
    pub(crate) fn within(&mut self, scope: &ScopeExpr, columns: Columns<'_>) -> &mut Self {
        self.add("(").region(&scope.allow, columns).add(" AND NOT ").region(&scope.deny, columns).add(")")
    }

    fn region(&mut self, region: &Region, columns: Columns<'_>) -> &mut Self {
        if region.everything {
            return self.add("1 = 1");
        }
        self.add("(1 = 0");
        // A column that is empty belongs to nothing: with NULL neither the condition nor its opposite would hold.
        if let Some(shop) = columns.shop.filter(|_| !region.shops.is_empty()) {
            self.add(" OR (").add(shop).add(" IS NOT NULL AND ").add(shop).add(" IN ").list(region.shops.iter().copied()).add(")");
        }
        if let Some(department) = columns.department.filter(|_| !region.departments.is_empty()) {
            self.add(" OR (").add(department).add(" IS NOT NULL AND ").add(department).add(" IN ").list(region.departments.iter().copied()).add(")");
        }
        if let Some((owner, person)) = columns.owner.zip(region.owner) {
            self.add(" OR (").add(owner).add(" IS NOT NULL AND ").add(owner).add(" = ").arg(person).add(")");
        }
        self.add(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{PersonId, Random as _, ShopId, access::RowFacts, clock::Seeded};
    use sqlx::{Connection as _, Row as _, SqliteConnection};
    use uuid::Uuid;

    struct Dice(Seeded);

    impl Dice {
        fn below(&mut self, n: u64) -> u64 {
            let mut bytes = [0; 8];
            self.0.fill(&mut bytes);
            u64::from_be_bytes(bytes) % n
        }

        fn id(&mut self, of: u64) -> Uuid {
            Uuid::from_u128(u128::from(self.below(of)) + 1)
        }

        fn region(&mut self) -> Region {
            Region {
                everything: self.below(5) == 0,
                shops: (0..self.below(4)).map(|_| ShopId(self.id(6))).collect(),
                departments: (0..self.below(3)).map(|_| self.id(4)).collect(),
                owner: (self.below(3) == 0).then(|| PersonId(self.id(3))),
            }
        }
    }

    /// Ten thousand random scopes over the rows of a table: the condition finds the rows that the decision admits, no more and no fewer.
    #[tokio::test]
    async fn the_condition_finds_what_the_decision_admits() {
        let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        sqlx::raw_sql("CREATE TABLE thing (id INTEGER PRIMARY KEY, shop_id BLOB, department_id BLOB, owner_id BLOB)").execute(&mut db).await.unwrap();
        let mut dice = Dice(Seeded::new(11));
        let mut rows = Vec::new();
        for id in 0..60_i64 {
            let row = RowFacts {
                shop: (dice.below(5) > 0).then(|| ShopId(dice.id(6))),
                department: (dice.below(3) == 0).then(|| dice.id(4)),
                owner: (dice.below(3) == 0).then(|| PersonId(dice.id(3))),
            };
            let bytes = |id: Option<Uuid>| id.map(|id| id.as_bytes().to_vec());
            let insert = sqlx::query("INSERT INTO thing VALUES (?, ?, ?, ?)").bind(id).bind(bytes(row.shop.map(|shop| shop.0)));
            insert.bind(bytes(row.department)).bind(bytes(row.owner.map(|owner| owner.0))).execute(&mut db).await.unwrap();
            rows.push((id, row));
        }
        let columns = Columns { shop: Some("shop_id"), department: Some("department_id"), owner: Some("owner_id") };
        let (mut admitted, mut asked) = (0, 0);
        for _ in 0..10_000 {
            let deny = if dice.below(2) == 0 { Region::default() } else { dice.region() };
            let scope = ScopeExpr { allow: dice.region(), deny };
            let expected: Vec<i64> = rows.iter().filter(|(_, row)| scope.has(row)).map(|(id, _)| *id).collect();
            let mut sql = Sql::new("SELECT id FROM thing WHERE ");
            sql.within(&scope, columns).add(" ORDER BY id");
            let found: Vec<i64> = sql.rows(&mut db).await.unwrap().iter().map(|row| row.get(0)).collect();
            assert_eq!(found, expected, "{scope:?}");
            admitted += expected.len();
            asked += rows.len();
        }
        println!("{admitted} of {asked} rows admitted");
        assert!(admitted * 5 >= asked, "at least every fifth: {admitted} of {asked}");
    }
}
