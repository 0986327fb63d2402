/* shoal-hub.h: all other devices: finding, dialling, accepting, trusting them.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-connector.h"
#include "shoal-discovery.h"
#include "shoal-ice.h"
#include "shoal-interfaces.h"
#include "shoal-listener.h"
#include "shoal-peer.h"
#include "shoal-visibility.h"

G_BEGIN_DECLS

/* What the hub tells its owner (the engine); any may be NULL. */
typedef struct
{
  /* Name, presence, path, code or trust have changed, or it is new. */
  void (*changed) (ShoalPeer *peer, gpointer user_data);
  /* The hub has let go of it: away, and nobody holds it. */
  void (*gone)    (ShoalPeer *peer, gpointer user_data);
  /* A session is there (again, after another link took over as well): state
   * what is to be stated: offers, answers. */
  void (*ready)   (ShoalPeer *peer, gpointer user_data);
  /* The session has ended; channels were told already. */
  void (*lost)    (ShoalPeer *peer, const GError *error, gpointer user_data);
  /* Types 0x12 to 0x2f; valid during the call. */
  void (*message) (ShoalPeer *peer, const ShoalMessage *message, gpointer user_data);
  /* It wants to fetch: accept or refuse now, or hold a reference and do so
   * soon. */
  void (*channel) (ShoalPeer *peer, ShoalChannel *channel, gpointer user_data);
  /* An announcement of a device whose full ID is not known (we are not visible
   * to it, so we do not call): its name and the beginning of its ID; NULL @name:
   * gone. */
  void (*sighted) (const char *id_prefix, const char *name, GSocketAddress *address,
                   gpointer user_data);
} ShoalHubEvents;

typedef struct
{
  ShoalMainRuntime     *runtime;
  ShoalIdentity        *identity;
  ShoalDeviceBook      *book;      /* (unowned): outlives the hub */
  const char           *name;      /* ours; copied */
  const char           *agent;
  ShoalDeviceKind       kind;
  ShoalVisibility       visibility;
  ShoalDiscovery       *discovery; /* (nullable): none */
  const ShoalHubEvents *events;
  gpointer              user_data;
} ShoalHubOptions;

ShoalHub *shoal_hub_new  (const ShoalHubOptions *options);
void      shoal_hub_free (ShoalHub *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalHub, shoal_hub_free)

/* Listens (unless told not to), announces, looks around. */
gboolean   shoal_hub_start      (ShoalHub *self, gboolean listen, GInetAddress *address, int port,
                                 GError **error);
/* On another port, or address. If that cannot be had, as before, and FALSE. */
gboolean   shoal_hub_listen_anew (ShoalHub *self, GInetAddress *address, int port,
                                  GError **error);
/* Says goodbye everywhere; @done once it is out (at most two seconds). */
void       shoal_hub_stop_async (ShoalHub *self, void (*done) (gpointer user_data),
                                 gpointer user_data);
/* (transfer container) (element-type GSocketAddress) */
GPtrArray *shoal_hub_get_listening (ShoalHub *self);
guint16    shoal_hub_get_port      (ShoalHub *self); /* 0: none */

/* Where this computer can be called on its own networks; never link-local.
 * Returns: (transfer full) (element-type GSocketAddress) */
GPtrArray *shoal_hub_list_own_addresses (ShoalHub *self);

/* To be asked now and then: TRUE if this computer has been given other addresses
 * since the last time, or has slept. Then, and when somebody else says so: */
gboolean   shoal_hub_check_network   (ShoalHub *self);
/* Links from addresses that are gone end; everybody who is wanted is called at
 * once; sessions look for better ways. */
void       shoal_hub_network_changed (ShoalHub *self);

const ShoalDeviceId *shoal_hub_get_own_id     (ShoalHub *self);
ShoalDeviceBook     *shoal_hub_get_book       (ShoalHub *self);
void                 shoal_hub_set_name       (ShoalHub *self, const char *name);
/* Told to friends; (nullable): none. */
void                 shoal_hub_set_picture    (ShoalHub *self, GBytes *picture);
void                 shoal_hub_set_visibility (ShoalHub *self, ShoalVisibility visibility);
/* The names of those that may be used; none: all. Links by others end. */
void                 shoal_hub_set_interfaces (ShoalHub *self, const char *const *names);
/* The same, for others who make links. (transfer none) */
ShoalInterfaces     *shoal_hub_get_interfaces (ShoalHub *self);
/* ANY but in trials. RELAY_ONLY: nobody is called, and links by other ways are
 * refused; DIRECT_ONLY: relayed ones are. */
void                 shoal_hub_set_policy     (ShoalHub *self, ShoalIcePolicy policy);
/* How discovery does; STOPPED if there is none. @reason: (out) (transfer none). */
ShoalDiscoveryState  shoal_hub_get_discovery  (ShoalHub *self, const char **reason);
/* What it has heard: our own announcement; @others: how many others. */
gboolean             shoal_hub_has_heard_itself (ShoalHub *self, guint *others);
/* Is anything announced? (Not if nobody may see us, or no friend is mutual.) */
gboolean             shoal_hub_announces      (ShoalHub *self);
/* After a change in the book: tell friends, end the blocked, announce anew. */
void                 shoal_hub_trust_changed  (ShoalHub *self, const ShoalDeviceId *id);

/* What became of a call that another device was asked to make to us. */
typedef struct
{
  ShoalCalled result;
  char       *address; /* where it called; may be empty; its word */
} ShoalCallResult;

void             shoal_call_result_free (ShoalCallResult *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalCallResult, shoal_call_result_free)

/* Asks a connected device to call us back, so that we know whether calls get
 * through; at most eight seconds. TIMED_OUT, CLOSED: it has not said. */
void             shoal_hub_ask_to_call_async  (ShoalHub *self, ShoalPeer *peer,
                                               GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer user_data);
ShoalCallResult *shoal_hub_ask_to_call_finish (ShoalHub *self, GAsyncResult *result,
                                               GError **error);

/* (nullable) (transfer none) */
ShoalPeer *shoal_hub_get_peer    (ShoalHub *self, const ShoalDeviceId *id);
/* Made if there is none. (transfer full) */
ShoalPeer *shoal_hub_ensure_peer (ShoalHub *self, const ShoalDeviceId *id);
/* (transfer full) (element-type ShoalPeer) */
GPtrArray *shoal_hub_get_peers   (ShoalHub *self);

/* Takes a link in, as if it had been accepted: for links of other makers.
 * (transfer none) */
void shoal_hub_take_link (ShoalHub *self, ShoalLink *link);

/* Dials an address and waits for the session. @typed: a person gave it: then
 * the device remembered for it is the only one accepted (another gives
 * WRONG_KEY with the way out), and who answers is remembered for it. An address
 * from a link is nobody's word for a key. */
void       shoal_hub_dial_async  (ShoalHub *self, const char *host_and_port, gboolean typed,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
/* Returns: (transfer full) */
ShoalPeer *shoal_hub_dial_finish (ShoalHub *self, GAsyncResult *result, GError **error);

/**
 * shoal_hub_find_async:
 * @text: name, device ID or its beginning, or ADDRESS:PORT
 * @timeout: microseconds to wait for it to show up
 *
 * Friends go first; a name that several strangers bear is AMBIGUOUS and lists
 * their IDs. A friend, or a device remembered by its ID, is found at once even if away.
 */
void       shoal_hub_find_async  (ShoalHub *self, const char *text, gint64 timeout,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
/* Returns: (transfer full) */
ShoalPeer *shoal_hub_find_finish (ShoalHub *self, GAsyncResult *result, GError **error);

G_END_DECLS
