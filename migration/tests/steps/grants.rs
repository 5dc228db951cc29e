//! What the owner gives the server's user, on the servers where accounts have a host.

use db::{Db, Engine};
use testkit::{EmptyDatabase, each_db};

use crate::{WAIT, run, texts};

each_db! {
    /// MySQL, MariaDB: such an account wins over `…@'%'` when the server runs on the same machine.
    async fn a_user_of_this_machine_alone_gets_its_rights_too(t: EmptyDatabase) {
        if !t.engine.is_mysql_like() {
            return;
        }
        let name = format!("dmt_g{}", std::process::id());
        let (owner, user) = (format!("'{name}_owner'@'%'"), format!("'{name}_user'@'localhost'"));
        let database = t.url.database().unwrap();
        let prepare = [
            format!("CREATE USER {owner} IDENTIFIED BY 's3cret'"),
            format!("CREATE USER {user} IDENTIFIED BY 's3cret'"),
            format!("GRANT ALL PRIVILEGES ON {database}.* TO {owner} WITH GRANT OPTION"),
        ];
        run(&t.db, &prepare.each_ref().map(String::as_str)).await;
        let migrated = migrate_as(&t, &format!("{name}_owner")).await;
        let given = texts(&t.db, &format!("SHOW GRANTS FOR {user}")).await;
        let accounts = texts(&t.db, &format!("SELECT CAST(Host AS CHAR) FROM mysql.user WHERE User = '{name}_user'")).await;
        run(&t.db, &[&format!("DROP USER {owner}, {user}")]).await;

        migrated.unwrap();
        let on = |table: &str| {
            let place = format!("`{database}`.`{table}`");
            given.iter().find(|line| line.contains(&place)).unwrap_or_else(|| panic!("{table}: {given:?}"))
        };
        assert!(on("defect").contains("UPDATE") && on("defect").contains("DELETE"));
        assert!(on("audit_event").contains("INSERT") && !on("audit_event").contains("UPDATE"));
        assert!(!on("seaql_migrations").contains("INSERT"));
        assert_eq!(accounts, ["localhost"], "no account was made");
    }
}

async fn migrate_as(t: &EmptyDatabase, owner: &str) -> Result<(), migration::MigrationError> {
    let (host, port) = (t.url.host().unwrap(), t.url.port().unwrap());
    let tls = if t.engine == Engine::MySql {
        "?ssl-mode=REQUIRED"
    } else {
        ""
    };
    let database = t.url.database().unwrap();
    let url = format!("mysql://{owner}:s3cret@{host}:{port}/{database}{tls}")
        .parse()
        .unwrap();
    let db = Db::connect(&url, &db::PoolOptions::default()).await?;
    let done = migration::up(&db, WAIT).await;
    db.close().await;
    done.map(drop)
}
