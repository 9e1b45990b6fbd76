# bench/summary.awk - joins bench/figures (first file) with "name value" lines (second) and prints each
# figure once: the median of its rounds as {name, value, unit, limit, ratio}. What falls short is
# told on stderr. A limit that is a figure itself is its median, and the ratio is then the median of the
# rounds' ratios, because both sides of a round had the same neighbours; else the limit is a number.

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

# How each round of a figure compares with the same round of its limit.
function compare_rounds(name, limit,    i) {
    rounds["ratio"] = 0
    for (i = 1; i <= rounds[name] && i <= rounds[limit]; i++) {
        if (sample[limit, i] > 0) {
            sample["ratio", ++rounds["ratio"]] = sample[name, i] / sample[limit, i]
        }
    }
    return rounds["ratio"] > 0 ? median("ratio") : 0
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
        is_figure = compared[name] in rounds
        limit = is_figure ? median(compared[name]) : compared[name]
        if (limit !~ /^[0-9.e+-]*[0-9][0-9.e+-]*$/ || limit + 0 == 0) {
            printf "{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"limit\":null,\"ratio\":null}\n", name, value, unit[name]
            continue
        }
        ratio = is_figure ? compare_rounds(name, compared[name]) : value / limit
        printf "{\"name\":\"%s\",\"value\":%.6g,\"unit\":\"%s\",\"limit\":%.6g,\"ratio\":%.3f}\n", \
            name, value, unit[name], limit, ratio
        if (falls_short(ratio, wanted[name])) {
            printf "bench: %s falls short: ratio %.3f, wanted %s\n", name, ratio, wanted[name] > "/dev/stderr"
        }
    }
}
