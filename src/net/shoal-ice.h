/* shoal-ice.h: a way through NATs to one device, by libnice, and a link over it.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-interfaces.h"
#include "shoal-main-runtime.h"
#include "shoal-quic-link.h"

G_BEGIN_DECLS

/* Gathering ends after this, with what there is: a tracker carries one offer
 * and one answer, and a person waits. */
#define SHOAL_ICE_GATHERING_MS 1500
/* If no server has answered by then, after this at the latest. */
#define SHOAL_ICE_GATHERING_LONGEST_MS 3000
/* Relayed candidates of the other side are tried this much later than the
 * others, unless a direct pair is there by then: else a relay may be nominated
 * before the direct path has answered. */
#define SHOAL_ICE_RELAY_DELAY_MS 800

typedef enum
{
  SHOAL_ICE_STUN,     /* RFC 8489, over UDP */
  SHOAL_ICE_TURN,     /* RFC 8656, over UDP */
  SHOAL_ICE_TURN_TCP,
  SHOAL_ICE_TURN_TLS,
} ShoalIceServerKind;

typedef struct
{
  ShoalIceServerKind  kind;
  char               *host;     /* name or address */
  guint16             port;
  char               *user;     /* (nullable) */
  char               *password; /* (nullable) */
} ShoalIceServer;

/* "stun:HOST[:PORT]", "turn:[USER:PASSWORD@]HOST[:PORT][?transport=tcp]",
 * "turns:…" (RFC 7064, 7065, with the credentials of a URL; percent-encoded).
 * INVALID says what is expected. Returns: (transfer full) (nullable) */
ShoalIceServer *shoal_ice_server_parse (const char *text, GError **error);
void            shoal_ice_server_free  (ShoalIceServer *server);

typedef enum
{
  SHOAL_ICE_ANY,
  SHOAL_ICE_DIRECT_ONLY,
  SHOAL_ICE_RELAY_ONLY,
} ShoalIcePolicy;

/**
 * ShoalIce:
 *
 * One attempt to reach one device (RFC 8445), and then the path that was found:
 * gather; tell the other side our credentials and candidates and learn its own
 * by other means; checks; the link. IPv4 and IPv6, every interface. The side
 * that offered controls. Nominates regularly, keeps asking for consent (RFC
 * 7675) and fails when that stops. For another network make another one.
 *
 * Of several STUN servers libnice asks one: a random one of those that have an
 * address. All TURN servers are asked.
 *
 * Lives on the engine context. Events come from the main loop.
 */
typedef struct _ShoalIce ShoalIce;

typedef struct
{
  /* Candidates are there: as many as there will be. */
  void (*gathered)  (ShoalIce *ice, gpointer user_data);
  /* A pair was nominated: a link can be made. Once. */
  void (*connected) (ShoalIce *ice, ShoalPath path, gpointer user_data);
  /* No way was found, or it is lost. Once, the last; a link is told by itself. */
  void (*failed)    (ShoalIce *ice, const GError *error, gpointer user_data);
} ShoalIceFuncs;

typedef struct
{
  ShoalMainRuntime *runtime;
  GPtrArray        *servers;     /* (nullable) (element-type ShoalIceServer) */
  gboolean          is_offerer;  /* controlling, and the client of QUIC */
  ShoalIcePolicy    policy;
  ShoalInterfaces  *interfaces;  /* (nullable): that may be used; all */
} ShoalIceConfig;

/* Starts gathering. Returns: (transfer full) */
ShoalIce   *shoal_ice_new  (const ShoalIceConfig *config, const ShoalIceFuncs *funcs,
                            gpointer user_data);
/* No event follows. A link over it stays, and keeps what it needs. */
void        shoal_ice_free (ShoalIce *self);

const char *shoal_ice_get_ufrag      (ShoalIce *self);
const char *shoal_ice_get_password   (ShoalIce *self);
/* "candidate:…" as in RFC 8839; without loopback and link-local addresses, which
 * mean nothing elsewhere. (transfer container) (element-type utf8) */
GPtrArray  *shoal_ice_get_candidates (ShoalIce *self);

/* What the other side has; each text was checked (shoal_candidate_check()).
 * INVALID if it makes no sense to libnice. */
gboolean    shoal_ice_set_remote     (ShoalIce *self, const char *ufrag, const char *password,
                                      GPtrArray *candidates, GError **error);

/* After `connected`: QUIC over the pair, to @expected alone; the offerer is its
 * client. As of shoal_quic_link_new(). Returns: (transfer full) */
ShoalQuicLink *shoal_ice_connect     (ShoalIce *self, ShoalIdentity *identity,
                                      const ShoalDeviceId *expected,
                                      ShoalQuicLinkReadyFunc ready, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalIce, shoal_ice_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalIceServer, shoal_ice_server_free)

G_END_DECLS
