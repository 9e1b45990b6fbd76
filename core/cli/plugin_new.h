/* cli/plugin_new.h - `kinmu plugin new KIND NAME [--dir FOLDER]`. */
#ifndef CLI_PLUGIN_NEW_H
#define CLI_PLUGIN_NEW_H

/* argv[0] is "new". Copies the SDK's template with the names filled in; returns the exit code. */
int plugin_new_main(int argc, char **argv);

#endif
