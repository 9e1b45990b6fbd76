/* simulate/world.c - see world.h. */
#include "simulate/world.h"

#include "base/error.h"
#include "simulate/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_OF_TEN 1u /* so many of ten persons have a second PC */
#define KANJI_OF_TEN 1u
#define WHAT_PERSON 0x706572736f6eu

static const struct {
    const char *romaji, *kanji;
} surnames[] = {
    {"sato", "佐藤"},      {"suzuki", "鈴木"},    {"takahashi", "高橋"}, {"tanaka", "田中"},
    {"ito", "伊藤"},       {"watanabe", "渡辺"},  {"yamamoto", "山本"},  {"nakamura", "中村"},
    {"kobayashi", "小林"}, {"kato", "加藤"},      {"yoshida", "吉田"},   {"yamada", "山田"},
    {"sasaki", "佐々木"},  {"yamaguchi", "山口"}, {"matsumoto", "松本"}, {"inoue", "井上"},
    {"kimura", "木村"},    {"hayashi", "林"},     {"saito", "斎藤"},     {"shimizu", "清水"},
    {"yamazaki", "山崎"},  {"mori", "森"},        {"ikeda", "池田"},     {"hashimoto", "橋本"},
    {"abe", "阿部"},       {"ishikawa", "石川"},  {"yamashita", "山下"}, {"nakajima", "中島"},
    {"ogawa", "小川"},     {"maeda", "前田"},     {"okada", "岡田"},     {"hasegawa", "長谷川"},
    {"fujita", "藤田"},    {"goto", "後藤"},      {"kondo", "近藤"},     {"murakami", "村上"},
    {"endo", "遠藤"},      {"aoki", "青木"},      {"sakamoto", "坂本"},  {"fukuda", "福田"},
};
static const struct {
    const char *romaji, *kanji;
} given_names[] = {
    {"misaki", "美咲"},   {"hiroshi", "浩"},   {"yuko", "裕子"},  {"takashi", "隆"},
    {"aoi", "葵"},        {"kenta", "健太"},   {"naoko", "直子"}, {"daisuke", "大輔"},
    {"haruka", "遥"},     {"sho", "翔"},       {"akiko", "明子"}, {"makoto", "誠"},
    {"yui", "結衣"},      {"kazuya", "和也"},  {"megumi", "恵"},  {"ryo", "亮"},
    {"sakura", "さくら"}, {"tetsuya", "哲也"}, {"emi", "恵美"},   {"jun", "純"},
};
#define COUNT(table) ((uint32_t)(sizeof(table) / sizeof(table)[0]))

/* Two of one name are told apart by a number, as administrators do. */
static void name_person(world_person *person, uint32_t index, chance *c) {
    uint32_t names = COUNT(surnames) * COUNT(given_names);
    uint32_t mixed = (uint32_t)((uint64_t)index * 379u % names); /* prime to it: each name once */
    uint32_t surname = mixed % COUNT(surnames);
    uint32_t given = mixed / COUNT(surnames);
    int32_t is_kanji = chance_below(c, 10) < KANJI_OF_TEN;
    int size = snprintf(person->account, sizeof person->account, is_kanji ? "%s %s" : "%s.%s",
                        is_kanji ? surnames[surname].kanji : surnames[surname].romaji,
                        is_kanji ? given_names[given].kanji : given_names[given].romaji);
    if (index >= names) {
        snprintf(person->account + size, sizeof person->account - (size_t)size, "%u",
                 index / names + 1);
    }
}

static void make_person(world *w, uint32_t index) {
    static const uint8_t kinds[10] = {WORLD_CLERK,    WORLD_CLERK,    WORLD_CLERK,    WORLD_CLERK,
                                      WORLD_ENGINEER, WORLD_ENGINEER, WORLD_ENGINEER, WORLD_SALES,
                                      WORLD_SALES,    WORLD_MANAGER};
    world_person *person = &w->people[index];
    chance c = chance_of(w->seed, WHAT_PERSON, index, 0);
    name_person(person, index, &c);
    person->kind = kinds[chance_below(&c, 10)];
    uint32_t shift = chance_below(&c, 100);
    person->shift = shift < 4 ? WORLD_BY_NIGHT : shift < 12 ? WORLD_EARLY : WORLD_BY_DAY;
    person->second_pc = WORLD_NO_PC;
    person->turns = 1;
}

static void add_user(world *w, uint32_t pc, uint32_t person) {
    w->pcs[pc].users[w->pcs[pc].user_count++] = person;
}

/* Shared PCs are taken in turns, by day. */
static void give_pcs(world *w, uint32_t first_count) {
    for (uint32_t i = 0; i < w->people_count; i++) {
        w->people[i].pc = i % first_count;
        w->people[i].turn = w->pcs[i % first_count].user_count;
        add_user(w, i % first_count, i);
    }
    for (uint32_t i = 0; i < w->people_count; i++) {
        world_person *person = &w->people[i];
        person->turns = w->pcs[person->pc].user_count;
        person->shift = person->turns > 1 ? WORLD_BY_DAY : person->shift;
    }
    /* From the last ones on, who share with nobody. */
    for (uint32_t pc = first_count; pc < w->agent_count; pc++) {
        uint32_t owner = w->pcs[first_count - 1 - (pc - first_count)].users[0];
        w->people[owner].second_pc = pc;
        w->people[owner].shift = WORLD_BY_DAY;
        w->pcs[pc].is_second = 1;
        add_user(w, pc, owner);
    }
}

int32_t world_make(world *w, uint64_t seed, uint32_t agents, uint32_t people, kinmu_err *err) {
    memset(w, 0, sizeof *w);
    people = people > 0 ? people : agents;
    uint32_t smaller = people < agents ? people : agents;
    uint32_t seconds = (agents > people ? agents - people : 0) + smaller * SECONDS_OF_TEN / 10;
    if (agents == 0 || agents > WORLD_AGENTS_MAX || people > agents * 3 ||
        agents > people * 3 / 2) {
        return error_set(err, KINMU_E_REJECT, "simulate.size",
                         "1 to %u agents, and from two thirds of their number to three times as "
                         "many people",
                         WORLD_AGENTS_MAX);
    }
    /* Whoever has a second PC shares his first one with nobody. */
    while (seconds > 0 && people > agents - seconds && 2 * (agents - seconds) < people + seconds) {
        seconds--;
    }
    w->seed = seed;
    w->agent_count = agents;
    w->people_count = people;
    w->people = calloc(people, sizeof *w->people);
    w->pcs = calloc(agents, sizeof *w->pcs);
    if (w->people == NULL || w->pcs == NULL) {
        world_free(w);
        return error_set(err, KINMU_E_NOMEM, "memory", "no memory for %u agents", agents);
    }
    for (uint32_t i = 0; i < people; i++) {
        make_person(w, i);
    }
    give_pcs(w, agents - seconds);
    return KINMU_OK;
}

void world_free(world *w) {
    free(w->people);
    free(w->pcs);
    memset(w, 0, sizeof *w);
}
