/* shoal-discovery.h: how devices find each other, behind one interface.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/* How a discovery is doing, for `devices` and the trouble page. */
typedef enum
{
  SHOAL_DISCOVERY_STATE_STOPPED,
  SHOAL_DISCOVERY_STATE_STARTING,    /* looking for the daemon, or between two of them */
  SHOAL_DISCOVERY_STATE_DAEMON,      /* through the system's mDNS daemon */
  SHOAL_DISCOVERY_STATE_EMBEDDED,    /* no daemon: with our own responder */
  SHOAL_DISCOVERY_STATE_UNAVAILABLE, /* cannot work now, goes on trying: see the reason */
} ShoalDiscoveryState;

#define SHOAL_TYPE_DISCOVERY_STATE (shoal_discovery_state_get_type ())
GType shoal_discovery_state_get_type (void);

/* One address of a device nearby. */
typedef struct
{
  GInetSocketAddress *address;   /* (owned); with port, and scope ID if link-local */
  guint               interface; /* index of the interface it was seen on; 1 is usually `lo` */
} ShoalNearbyAddress;

/**
 * ShoalNearby:
 * @key: names this announcement in events; never reused by one discovery
 * @instance: (owned): the instance name it bears; a label, trusted for nothing
 * @txt: (owned): its TXT record, RFC 6763 §6 wire form (length-prefixed strings), the strings
 *   sorted; opaque here: see shoal_announcement_parse()
 * @addresses: (owned) (element-type ShoalNearbyAddress): at least one, best first
 *
 * An announcement somebody makes nearby: the same instance, port and TXT record on several
 * interfaces and both IP families is one of these. One device may make several. What *we*
 * announce comes back too: whoever reads the TXT record leaves out what bears our own ID.
 * Nothing here is authenticated.
 */
typedef struct
{
  guint64    key;
  char      *instance;
  GBytes    *txt;
  GPtrArray *addresses;
} ShoalNearby;

#define SHOAL_TYPE_DISCOVERY (shoal_discovery_get_type ())
G_DECLARE_DERIVABLE_TYPE (ShoalDiscovery, shoal_discovery, SHOAL, DISCOVERY, GObject)

/* Who listens to a discovery. All are called on the engine context, from the loop and (but for
 * `state`) never from inside a call into the discovery; each may be NULL; each may call the
 * discovery, but not drop its last reference. The #ShoalNearby is the discovery's and valid
 * during the call. */
typedef struct
{
  void (*state)     (ShoalDiscovery *self, gpointer user_data);
  void (*found)     (ShoalDiscovery *self, const ShoalNearby *nearby, gpointer user_data);
  /* Other addresses, instance name or TXT record than before. */
  void (*changed)   (ShoalDiscovery *self, const ShoalNearby *nearby, gpointer user_data);
  void (*lost)      (ShoalDiscovery *self, const ShoalNearby *nearby, gpointer user_data);
  /* Announcement @id is out, as @instance: the name asked for, or an alternative such as
   * “Anna #2” if somebody has that name. Told again after each change of name or daemon. */
  void (*announced) (ShoalDiscovery *self, guint id, const char *instance, gpointer user_data);
} ShoalDiscoveryListener;

/**
 * ShoalDiscovery:
 *
 * Abstract: what the `peer` room knows of mDNS (shoal-mdns.h), and later of other ways. It
 * knows nothing of trust: it carries opaque TXT records out and in.
 *
 * Lives on the engine context's thread. What the network does (a daemon that restarts, a
 * cable pulled) never ends it: it recovers by itself and tells its state.
 *
 * A device that dies without a word stays listed until its records expire (two minutes for
 * its addresses): no mDNS service offers to ask again before. Whoever needs to know sooner
 * probes the addresses; when the device returns with another address or port, `changed` is
 * told.
 */
struct _ShoalDiscoveryClass
{
  GObjectClass parent_class;

  void     (*start)       (ShoalDiscovery *self);
  void     (*stop_async)  (ShoalDiscovery *self, GTask *task); /* takes @task */
  guint    (*announce)    (ShoalDiscovery *self, const char *instance, uint16_t port, GBytes *txt);
  void     (*change)      (ShoalDiscovery *self, guint id, uint16_t port, GBytes *txt);
  void     (*withdraw)    (ShoalDiscovery *self, guint id);
  void     (*set_interfaces) (ShoalDiscovery *self, const char *const *names);
};

/* @listener (a static table) and @user_data must outlive @self or be replaced by NULL first.
 * Set before start. */
void shoal_discovery_set_listener (ShoalDiscovery *self, const ShoalDiscoveryListener *listener,
                                   gpointer user_data);

/* Begins to browse; what was announced before goes out. Idempotent. Returns at once; trouble is
 * told by the state. */
void shoal_discovery_start (ShoalDiscovery *self);

/* Says goodbye for every announcement, ends browsing. After the callback nothing is told any
 * more and the others have been sent the goodbye; iterate the engine context until then. It
 * takes milliseconds, at most one second, and cannot fail. No `lost` is told for what was
 * found. Announcements are kept for another start. */
void shoal_discovery_stop_async  (ShoalDiscovery *self, GAsyncReadyCallback callback,
                                  gpointer user_data);
void shoal_discovery_stop_finish (ShoalDiscovery *self, GAsyncResult *result);

/**
 * shoal_discovery_announce:
 * @instance: UTF-8, 1..63 bytes (longer ones are cut at a character); somebody else may have it:
 *   see `announced`
 * @port: where we listen
 * @txt: RFC 6763 §6 wire form, at most %SHOAL_DISCOVERY_MAX_TXT bytes, as by
 *   shoal_announcement_format()
 *
 * Announces a service on every interface, now if started, else when started, again whenever a
 * daemon returns, until withdrawn.
 *
 * Returns: an identifier, never 0
 */
guint shoal_discovery_announce (ShoalDiscovery *self, const char *instance, uint16_t port,
                                GBytes *txt);
/* Another TXT record or port under the same name; cheap. */
void  shoal_discovery_change   (ShoalDiscovery *self, guint id, uint16_t port, GBytes *txt);
/* Sends the goodbye soon and clears @id; 0 is allowed. */
void  shoal_discovery_withdraw (ShoalDiscovery *self, guint *id);

/* Announces on, and hears of, interfaces of these @names alone; none (or NULL): on all. Live:
 * what was found elsewhere is `lost` within seconds. */
void  shoal_discovery_set_interfaces (ShoalDiscovery *self, const char *const *names);

/* What one announcement may weigh: a UDP packet of one Ethernet frame with the rest of the
 * records (RFC 6763 §6.2). */
#define SHOAL_DISCOVERY_MAX_TXT 1300

ShoalDiscoveryState shoal_discovery_get_state  (ShoalDiscovery *self);
/* Why it is as it is, in a sentence for the user; never NULL. (transfer none) */
const char         *shoal_discovery_get_reason (ShoalDiscovery *self);

/* For subclasses. */
void shoal_discovery_set_state      (ShoalDiscovery *self, ShoalDiscoveryState state,
                                     const char *reason);
void shoal_discovery_tell_found     (ShoalDiscovery *self, const ShoalNearby *nearby);
void shoal_discovery_tell_changed   (ShoalDiscovery *self, const ShoalNearby *nearby);
void shoal_discovery_tell_lost      (ShoalDiscovery *self, const ShoalNearby *nearby);
void shoal_discovery_tell_announced (ShoalDiscovery *self, guint id, const char *instance);

void shoal_nearby_address_free (ShoalNearbyAddress *self);

G_END_DECLS
