# bench/summary.awk - joins bench/figures (first file) with "name value" lines (second) and prints each
# figure once: the median of its rounds as {name, value, unit, limit, ratio}. What falls short is
# told on stderr. Limits are medians of the same run, or the number in bench/figures.

FNR == NR {
    if ($0 !~ /^#/ && NF == 4) {
        order[++known] = $1
        unit[$1] = $2
        compared[$1] = $3
        wanted[$1] = $4
    }
    next
}

!($1 in unit) {
    print "bench: \"" $1 "\" is not in bench/figures" > "/dev/stderr"
    next
}

{
    sample[$1, ++rounds[$1]] = $2 + 0
}

function median(name,    count, i, j, held, sorted) {
    count = rounds[name]
    for (i = 1; i <= count; i++) {
        held = sample[name, i]
        for (j = i - 1; j >= 1 && sorted[j] > held; j--) {
            sorted[j + 1] = sorted[j]
        }
        sorted[j + 1] = held
    }
    return count % 2 ? sorted[(count + 1) / 2] : (sorted[count / 2] + sorted[count / 2 + 1]) / 2
}

function falls_short(ratio, want) {
    return want ~ /^>=/ ? ratio < substr(want, 3) + 0 : want ~ /^<=/ ? ratio > substr(want, 3) + 0 : 0
}

END {
    for (i = 1; i <= known; i++) {
        name = order[i]
        if (!(name in rounds)) {
            continue
        }
        value = median(name)
        limit = compared[name] in rounds ? median(compared[name]) : compared[name]
        if (limit !~ /^[0-9.e+-]*[0-9][0-9.e+-]*$/ || limit + 0 == 0) {
            printf "{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"limit\":null,\"ratio\":null}\n", name, value, unit[name]
            continue
        }
        ratio = value / limit
        printf "{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"limit\":%.6g,\"ratio\":%.3f}\n", \
            name, value, unit[name], limit, ratio
        if (falls_short(ratio, wanted[name])) {
            printf "bench: %s falls short: ratio %.3f, wanted %s\n", name, ratio, wanted[name] > "/dev/stderr"
        }
    }
}
