#!/usr/bin/env bash
# What the ORM costs at build time: a new crate with 50 models of 8 columns and a query each, built
# for debugging with 2 jobs, and the count of crates it depends on. Fails if a budget is broken.
#
# The crate lives in a temporary directory. Times are the least of several builds (RUNS, 3 if not
# set), since whatever else the machine does only adds to them.
set -euo pipefail
export LC_ALL=C

readonly MODELS=50
readonly RUNS=${RUNS:-3}
readonly MAX_SCRATCH_MS=8000
readonly MAX_TOUCHED_MS=2000
readonly MAX_CRATES_SQLITE=45
readonly MAX_CRATES_POSTGRES=90
# All that is on by default but PostgreSQL.
readonly SQLITE_ONLY='"sqlite", "chrono", "uuid", "decimal", "json"'

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
app=$(mktemp -d "${TMPDIR:-/tmp}/orm-build-cost.XXXXXX")
trap 'rm -rf -- "$app"' EXIT
export CARGO_TARGET_DIR=$app/target
# These would change what is measured.
unset RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTC_WRAPPER CARGO_INCREMENTAL

# Writes the manifest; the arguments are the options of the dependency on the ORM.
write_manifest() {
    cat >"$app/Cargo.toml" <<MANIFEST
[workspace]

[package]
name = "build-cost"
version = "0.0.0"
edition = "2024"

[dependencies]
chrono = { version = "0.4", default-features = false, features = ["std", "now"] }
orm = { path = "$root"$1 }

[lints.rust]
# The program only prints what it reads.
dead_code = "allow"
MANIFEST
}

# Writes model $1, which refers to model $2 (the first one to itself).
write_model() {
    cat >"$app/src/model_$1.rs" <<MODEL
use chrono::{DateTime, Utc};
use orm::prelude::*;

use crate::model_$2::Model$2;

#[derive(Model, Debug, Clone)]
#[orm(table = "model_$1")]
pub struct Model$1 {
    #[orm(primary_key)]
    pub id: i64,
    #[orm(foreign_key(Model$2::id))]
    pub parent_id: i64,
    #[orm(unique, length = 80)]
    pub name: String,
    pub note: Option<String>,
    pub count: i32,
    pub price: f64,
    #[orm(default = true)]
    pub is_active: bool,
    #[orm(default = Utc::now)]
    pub created_at: DateTime<Utc>,
}

pub fn newest(conn: &mut Connection) -> orm::Result<Vec<Model$1>> {
    Model$1::query()
        .filter(Model$1::is_active.eq(true) & Model$1::name.starts_with("a"))
        .filter(Model$1::price.gt(1.5))
        .order_by(Model$1::created_at.desc())
        .limit(10)
        .all(conn)
}
MODEL
}

write_crate() {
    local previous number calls=''
    mkdir "$app/src"
    # The same versions as in the repository.
    cp "$root/Cargo.lock" "$app/Cargo.lock"
    write_manifest ''
    {
        for ((model = 0; model < MODELS; model++)); do
            printf 'mod model_%02d;\n' "$model"
        done
        printf '\nuse orm::prelude::*;\n'
    } >"$app/src/main.rs"
    for ((model = 0; model < MODELS; model++)); do
        printf -v number '%02d' "$model"
        printf -v previous '%02d' "$((model > 0 ? model - 1 : 0))"
        write_model "$number" "$previous"
        calls+="    println!(\"{:?}\", model_$number::newest(&mut conn)?);"$'\n'
    done
    # A model that refers to itself needs no import of itself.
    sed -i '/^use crate::model_00::Model00;$/d' "$app/src/model_00.rs"
    cat >>"$app/src/main.rs" <<MAIN

fn main() -> orm::Result<()> {
    let engine = Engine::connect("sqlite::memory:")?;
    let mut conn = engine.connect()?;
$calls    Ok(())
}
MAIN
}

build() {
    cargo build --quiet --jobs 2 --manifest-path "$app/Cargo.toml"
}

# Each sets `took` to the milliseconds of the build alone.
timed_build() {
    local start=${EPOCHREALTIME/./}
    build
    local end=${EPOCHREALTIME/./}
    took=$(((end - start) / 1000))
}

build_from_scratch() {
    cargo clean --quiet --package build-cost --manifest-path "$app/Cargo.toml"
    timed_build
}

# Changes a number in one query, to one that it never was.
build_after_a_touch() {
    limit=$((limit + 1))
    sed -i "s/\.limit([0-9]*)/.limit($limit)/" "$app/src/model_25.rs"
    timed_build
}

# Sets `least` to the least `took` of several runs of the build named.
least_of_runs() {
    least=''
    for ((run = 0; run < RUNS; run++)); do
        "$1"
        if [[ -z $least || $took -lt $least ]]; then
            least=$took
        fi
    done
}

# Prints how many crates come with the ORM, itself and its own parts included.
count_crates() {
    write_manifest "$1"
    # Without --no-dedupe, a crate would be listed as `name` and as `name (*)`.
    cargo tree --quiet --manifest-path "$app/Cargo.toml" --package orm --edges normal,build \
        --prefix none --no-dedupe | sort -u | wc -l
}

# Prints a row of the table, and remembers whether the budget holds.
report() {
    local what=$1 found=$2 budget=$3 unit=$4 verdict=kept
    if ((found > budget)); then
        verdict=BROKEN
        broken=$((broken + 1))
    fi
    if [[ $unit == ms ]]; then
        printf -v found '%d.%02d s' $((found / 1000)) $((found % 1000 / 10))
        budget="$((budget / 1000)) s"
    fi
    printf '| %-38s | %8s | %8s | %-7s |\n' "$what" "$found" "$budget" "$verdict"
}

broken=0
limit=10
write_crate
build # the dependencies, and whether it compiles at all

least_of_runs build_from_scratch
scratch=$least
least_of_runs build_after_a_touch
touched=$least
crates_postgres=$(count_crates '')
crates_sqlite=$(count_crates ", default-features = false, features = [$SQLITE_ONLY]")

printf '| %-38s | %8s | %8s | %-7s |\n' "$MODELS models of 8 columns, a query each" found budget ''
printf '| %s | %s: | %s: | %s |\n' "$(printf '%.s-' {1..38})" ------- ------- -------
report 'build, dependencies already built' "$scratch" "$MAX_SCRATCH_MS" ms
report 'build after a change of one line' "$touched" "$MAX_TOUCHED_MS" ms
report 'crates, SQLite' "$crates_sqlite" "$MAX_CRATES_SQLITE" crates
report 'crates, SQLite and PostgreSQL' "$crates_postgres" "$MAX_CRATES_POSTGRES" crates
((broken == 0))
