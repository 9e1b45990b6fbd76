/* cli/hub.h - the commands below `kinmu hub`; argv[0] is the command's name. */
#ifndef CLI_HUB_H
#define CLI_HUB_H

int hub_init(int argc, char **argv, const char *data);
int hub_renew(int argc, char **argv, const char *data);
int hub_invite(int argc, char **argv, const char *data);
int hub_invites(int argc, char **argv, const char *data);
int hub_cancel(int argc, char **argv, const char *data);
int hub_devices(int argc, char **argv, const char *data);
int hub_revoke(int argc, char **argv, const char *data);
int hub_readmit(int argc, char **argv, const char *data);

int hub_misused(const char *word); /* word: not known here, or NULL; prints the usage */

#endif
