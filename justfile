# What people do here. Every recipe is a script or a cargo command that can be typed without just.

_list:
    @just --list --unsorted

# Serve at http://127.0.0.1:8080, with the settings of the environment, .env.local and .env
run *args:
    cargo run --release --locked -- serve {{ args }}

# Serve a system full of examples (users: admin, inspector, …; password: NAME-demo)
demo *args:
    cargo run --release --locked -- serve --demo {{ args }}

# Create or update the tables of the database in DATABASE_URL
migrate:
    cargo run --release --locked -- migrate

# Say what is wrong with the set-up, and what to do about it
doctor:
    cargo run --release --locked -- doctor

# Start what the tests need (PostgreSQL, MariaDB, MySQL); also: just databases status, stop, env
databases action="start" *names:
    scripts/databases.sh {{ action }} {{ names }}

# All tests on all four databases
test *args:
    eval "$(scripts/databases.sh start)" && DMT_TEST_DATABASES=all cargo test --workspace --locked {{ args }}

# All tests on SQLite alone: needs no server
test-sqlite *args:
    DMT_TEST_DATABASES=sqlite cargo test --workspace --locked {{ args }}

# Clippy over everything; CI has it look while it builds
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Format the code
fmt:
    cargo fmt --all

# Write entity/ anew from the migrated schema
entities:
    cargo run --locked -p codegen -- entities

# Write docs/openapi.json and docs/permissions.md anew from the code
docs:
    cargo run --locked -p api -- openapi > docs/openapi.json
    cargo run --locked -p api -- permissions > docs/permissions.md

# Everything that a change must pass
ci:
    bash .ci/run

# Install what the tests in a browser need: Chromium, its driver, a font, axe-core (as root)
browser:
    scripts/browser.sh

# Pictures of the main pages into docs/screenshots, light and dark, in three languages
screenshots:
    cargo build --locked -p api
    cargo run --locked -p api --example screenshots

# Lighthouse on home, list, record and floor, on a desk and on a phone: just lighthouse 5 for more runs of each
lighthouse runs="3":
    cargo build --release --locked -p api
    DMT_BIN=target/release/dmt scripts/check-lighthouse.sh {{ runs }}

# Every sheet of paper as a PDF into target/paper, to be looked at
paper:
    DMT_TEST_DATABASES=sqlite cargo test --locked -p api --test browser every_sheet_is_printed
    ls target/paper/*.pdf

# The README's walk through one defect's life, on each database
walk:
    scripts/walk.sh

# A report becomes a mail, by a mail server of somebody else's making
check-mail:
    scripts/check-mail.sh

# sqlmap finds nothing in any query parameter of the list, inspections and the reports: just check-sqlmap sqlite
check-sqlmap *databases:
    scripts/check-sqlmap.sh {{ databases }}

# docker-compose.yml is valid for each profile
check-compose:
    scripts/check-compose.sh

# What is backed up can be restored, on each database
check-backup:
    cargo build --locked -p api
    eval "$(scripts/databases.sh start)" && scripts/check-backup.sh

# db_scripts/ do what they say, on live servers
check-db-scripts:
    scripts/check-db-scripts.sh

# The Dockerfile's steps on a bare Debian (as root)
check-image:
    scripts/check-image.sh

# Kill dmt and the database servers in write storms, and look for what was lost: just crash-test 50 --database postgres
crash-test rounds="20" *args:
    cargo build --release --locked -p api
    DMT_BIN=target/release/dmt cargo run --locked -p bench -- crash-test --rounds {{ rounds }} {{ args }}

# Take the databases away in every way, and watch what is answered
outages *args:
    cargo build --release --locked -p api
    DMT_BIN=target/release/dmt cargo run --locked -p bench -- outages {{ args }}

# Requests made from the OpenAPI document, each answer checked: as administrator, as inspector, without a token
schemathesis examples="1":
    scripts/schemathesis.sh {{ examples }}

# CI, then what it bounds at full length, and `just answers`, for hours; docs/testing.md says how long each takes
full:
    bash .ci/run
    just crash-test 200 --database sqlite
    just crash-test 50 --database postgres,mariadb,mysql
    just outages
    cargo build --release --locked -p api
    DMT_BIN=target/release/dmt scripts/schemathesis.sh 40
    DMT_TIMING_ROUNDS=200 cargo test --locked -p api --test hostile timing -- --nocapture
    just writers --clients 32 --seconds 60
    just answers

# Load dmt and its peers in turn, and compare them with the goals: just bench --database sqlite --only get,list --quick
bench *args:
    bench/peers/build.sh
    cargo build --release --locked -p api
    DMT_BIN=target/release/dmt cargo run --locked -p bench -- speed {{ args }}

# The same of dmt alone, on 20,000 and on 2,000,000 records
bench-scale *args:
    just bench --scale 20000,2000000 {{ args }}

# Many who write at once: every write is done, and nothing is locked
writers *args:
    cargo build --release --locked -p api
    DMT_BIN=target/release/dmt cargo run --locked -p bench -- writers {{ args }}

# One generated system in every database: each report, chart, list, file and search has to be answered as SQLite answers it: just answers --database mariadb --only searches
answers *args:
    cargo build --release --locked -p api
    DMT_BIN=target/release/dmt cargo run --locked -p bench -- answers {{ args }}

# Copy SQLite into PostgreSQL in turn with pgloader, then other pairs and an archive: just bench-copy --memory for the proof of constant memory
bench-copy *args:
    cargo build --release --locked -p api
    DMT_BIN=target/release/dmt cargo run --locked -p bench -- copy {{ args }}

# How soon each of the pages of bench/src/pages/mod.rs begins to come, on 200,000 records, against the goal of 50 ms: just bench-pages --database postgres
bench-pages *args:
    cargo build --release --locked -p api
    DMT_BIN=target/release/dmt cargo run --locked -p bench -- pages {{ args }}
