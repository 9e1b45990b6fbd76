/* `kinmu plugin new` as a program of its own, so that the SDK's tests need no more of Kinmu. */
#include "cli/plugin_new.h"

int main(int argc, char **argv) {
    return plugin_new_main(argc, argv);
}
