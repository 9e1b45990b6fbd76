# window_lib.sh - for bash, after lib.sh: what the collector "window" told, in OUT, the output of window_driver.
OUT=$E2E_DIR/driver.out

seen() { # PATTERN: comes
    wait_until 15 grep -q -- "$1" "$OUT" || fail "never printed '$1': $(tail -n 20 "$OUT")"
}

# last_is TEXT: the last row printed ends in it.
last_is() {
    [ "$(grep '^row' "$OUT" | tail -n 1 | cut -d' ' -f3-)" = "kinmu.window.focus/1 $1" ]
}

expect_last() { # WHAT TEXT
    wait_until 15 last_is "$2" || fail "$1: expected '$2', last are: $(tail -n 5 "$OUT" | cut -c 1-200)"
    echo "ok: $1: $2"
}
