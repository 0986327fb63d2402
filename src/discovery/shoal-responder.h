/* shoal-responder.h: who speaks mDNS for us: the daemon, or libavahi-core inside.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to the discovery room.
 */
#pragma once

#include "shoal-sightings.h"

G_BEGIN_DECLS

/* What is to be announced. Belongs to ShoalMdns and outlives the responder. */
typedef struct
{
  guint    id;
  char    *name; /* (owned): in use; a responder replaces it when somebody else has it */
  uint16_t port;
  GBytes  *txt;  /* (owned) */
  gpointer slot; /* the responder's own */
} ShoalService;

/* How a responder tells, from the loop only. The receiver may free the responder in `failed`
 * alone. */
typedef struct
{
  void (*ready)     (gpointer user_data);
  void (*failed)    (const char *reason, gpointer user_data);
  /* What there was before has been told. */
  void (*settled)   (gpointer user_data);
  void (*announced) (ShoalService *service, gpointer user_data);
} ShoalResponderEvents;

typedef struct _ShoalResponder ShoalResponder;

/* The base of both. Sightings go straight into the table. */
struct _ShoalResponder
{
  void (*publish)  (ShoalResponder *self, ShoalService *service); /* new, or with another port */
  void (*update)   (ShoalResponder *self, ShoalService *service); /* another TXT record */
  void (*withdraw) (ShoalResponder *self, ShoalService *service); /* with goodbye; clears slot */
  void (*free)     (ShoalResponder *self); /* with goodbye; all slots were cleared before */

  ShoalRuntime               *runtime;   /* (unowned) */
  GMainContext               *context;   /* (unowned) */
  ShoalSightings             *sightings; /* (unowned) */
  const char *const          *interfaces; /* (unowned): names; none: all */
  const ShoalResponderEvents *events;
  gpointer                    user_data;
};

/* The daemon that is @owner on @bus. @old_api: use what it had before Avahi 0.8, even if it has
 * the new. */
ShoalResponder *shoal_daemon_responder_new   (const ShoalResponder *base, GDBusConnection *bus,
                                              const char *owner, gboolean old_api);
ShoalResponder *shoal_embedded_responder_new (const ShoalResponder *base);

/* For both: the result of resolving, with whatever a stranger put into it. @scope is the
 * interface, for link-local addresses. Addresses nobody can be reached at count as unresolved. */
void shoal_responder_resolved (ShoalResponder *self, guint interface, GSocketFamily family,
                               const char *name, GInetAddress *address, uint16_t port,
                               GPtrArray *txt_strings);
/* The interfaces to announce on that are there now: their indices; a single AVAHI_IF_UNSPEC if
 * all may be used. (transfer full) (element-type int) */
GArray  *shoal_responder_list_interfaces (ShoalResponder *self);
gboolean shoal_responder_uses_all        (ShoalResponder *self);
/* The next name to try: “Anna #2”. Two devices that choose a name at the same moment both lose
 * it, Avahi judging each record apart: so after the first @attempt at random one further on. */
void shoal_responder_rename   (ShoalService *service, guint attempt, ShoalRuntime *runtime);

/* Its main loop on a GMainContext. Call shoal_avahi_poll_free() when all users are gone. */
typedef struct AvahiPoll AvahiPoll;
AvahiPoll *shoal_avahi_poll_new  (ShoalRuntime *runtime, GMainContext *context);
void       shoal_avahi_poll_free (AvahiPoll *api);

G_END_DECLS
