/* shoal-daemon-private.h: shared by the two files of the daemon's responder.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-responder.h"

#include <avahi-common/address.h>
#include <avahi-common/defs.h>

G_BEGIN_DECLS

#define AVAHI_SERVER_INTERFACE "org.freedesktop.Avahi.Server"
#define AVAHI_SERVER2_INTERFACE "org.freedesktop.Avahi.Server2"
#define AVAHI_ENTRY_GROUP_INTERFACE "org.freedesktop.Avahi.EntryGroup"
#define AVAHI_BROWSER_INTERFACE "org.freedesktop.Avahi.ServiceBrowser"
#define AVAHI_RESOLVER_INTERFACE "org.freedesktop.Avahi.ServiceResolver"

/* Every call in flight holds a reference; `closed` says that its answer is of no interest. */
typedef struct
{
  ShoalResponder   base;
  guint            refs;
  gboolean         closed;
  GDBusConnection *bus;          /* (owned) */
  char            *owner;        /* (owned): the daemon's unique name */
  guint            subscription;
  gboolean         old_api;      /* Avahi before 0.8: objects run from their creation */
  AvahiServerState state;

  char            *browser;      /* (owned) (nullable): object path */
  GHashTable      *resolvers;    /* (owned): key → Resolver */
  GHashTable      *by_path;      /* (owned): object path → Resolver (unowned) */
  GQueue           waiting;      /* (element-type utf8): keys of resolvers to be asked for */
  guint            n_unknown;    /* objects asked for whose path is not known yet */
  GQueue           early;        /* signals that may be theirs, (owned) */

  GPtrArray       *groups;       /* (owned) (element-type Group) */
} ShoalDaemon;

ShoalDaemon *shoal_daemon_ref   (ShoalDaemon *self);
void         shoal_daemon_unref (ShoalDaemon *self);

typedef void (*ShoalDaemonReply) (ShoalDaemon *self, GVariant *reply, const GError *error,
                                  gpointer user_data);

/* Calls a method of the daemon; @parameters is consumed if floating. @reply (nullable) is called
 * from the loop, once, unless @self was closed; exactly one of reply and error is set. In both
 * cases @user_data is then freed by @free_func (nullable). */
void shoal_daemon_call (ShoalDaemon *self, const char *path, const char *interface,
                        const char *method, GVariant *parameters, const char *reply_type,
                        ShoalDaemonReply reply, gpointer user_data, GDestroyNotify free_func);

const char *shoal_daemon_server_interface (ShoalDaemon *self);
/* The message of a call's error, without D-Bus's decoration. Returns: (transfer full) */
char       *shoal_daemon_explain          (const GError *error);

/* Entry groups: shoal-daemon-groups.c. */
void     shoal_daemon_groups_init     (ShoalDaemon *self);
void     shoal_daemon_groups_clear    (ShoalDaemon *self);
/* The daemon got, or lost, the host name that services are announced on: self->state. */
void     shoal_daemon_groups_on_state (ShoalDaemon *self);
void     shoal_daemon_groups_signal   (ShoalDaemon *self, const char *path, const char *member,
                                       GVariant *parameters);
void     shoal_daemon_publish         (ShoalResponder *base, ShoalService *service);
void     shoal_daemon_update          (ShoalResponder *base, ShoalService *service);
void     shoal_daemon_withdraw        (ShoalResponder *base, ShoalService *service);

G_END_DECLS
