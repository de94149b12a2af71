#!/usr/bin/env bash
# Builds the sample guests that are not Rust: the small cart in JavaScript and in Python, each as v1, v2 and v2-faulty.
#
#   sample-component/build-interpreted.sh [OUTPUT]
#
# OUTPUT is target/interpreted, unless given. Needs node with npm, python3 with pip, and the npm and PyPI registries.
# The tools are installed below target/, in the versions that javascript/package-lock.json and python/requirements.txt
# pin, and again only when those files change. (package.json holds jco, of which componentize-js uses two functions,
# at a version with a third of the dependencies.)
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$here/../target
tools=$target/interpreted-tools
wit=$here/wit-small-cart
mkdir -p "${1:-$target/interpreted}" "$tools"
output=$(cd "${1:-$target/interpreted}" && pwd)
export PYTHONDONTWRITEBYTECODE=1

# install PINS FOLDER COMMAND...: runs COMMAND in an emptied FOLDER, unless it already ran there for the same PINS.
install() {
    local pins=$1 folder=$2
    shift 2
    if cmp -s "$pins" "$folder/installed-pins"; then return; fi
    rm -rf "$folder"
    mkdir -p "$folder"
    (cd "$folder" && "$@")
    cp "$pins" "$folder/installed-pins"
}

npm_ci() {
    cp "$here"/javascript/package.json "$here"/javascript/package-lock.json .
    npm ci --no-audit --no-fund --loglevel=error
}

pip_install() {
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
        --target . --requirement "$here/python/requirements.txt"
}

install "$here/javascript/package-lock.json" "$tools/javascript" npm_ci
install "$here/python/requirements.txt" "$tools/python" pip_install

node --test "$here/javascript/test/carts.test.js" >"$tools/javascript-test.log" || {
    cat "$tools/javascript-test.log"
    exit 1
}
PYTHONPATH=$here/python/src python3 "$here/python/test/test_carts.py" --quiet

for version in v1 v2 v2-faulty; do
    (
        cd "$here/javascript/src"
        "$tools/javascript/node_modules/.bin/componentize-js" "$version.js" \
            --wit "$wit" --world-name list-snapshots --out "$output/javascript-$version.wasm"
    )
    (
        cd "$here/python/src"
        PYTHONPATH=$tools/python python3 "$tools/python/bin/componentize-py" --quiet \
            --wit-path "$wit" --world record-snapshots \
            componentize "app_${version//-/_}" --python-path . --output "$output/python-$version.wasm"
    )
    echo "built javascript-$version.wasm and python-$version.wasm in $output"
done
