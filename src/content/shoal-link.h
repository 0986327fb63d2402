/* shoal-link.h: share links (BEP 9, 52, and our private secret).
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   magnet:?xt=urn:btmh:1220<64 hex>&dn=NAME&xl=BYTES&tr=URL&x.pe=HOST:PORT
 *   shoal:?…    the same, for the desktop
 *
 * and our own parameters: x.sd= a device (64 hex) that has it, x.sk= 32 bytes
 * in base64url without padding: the secret of a private share, which replaces
 * the info hash in proof and topic. Unknown parameters are ignored. */
#pragma once

#include "shoal-error.h"
#include "shoal-hash.h"
#include "shoal-limits.h"

G_BEGIN_DECLS

#define SHOAL_LINK_MAX_TRACKERS  16u
#define SHOAL_LINK_MAX_ADDRESSES 16u
#define SHOAL_LINK_MAX_DEVICES   16u

/* Plain data. Strings in it are checked when parsed: valid UTF-8, no controls. */
typedef struct
{
  ShoalHash  id;         /* v2 info hash */
  char      *name;       /* (owned) (nullable): a label, not a safe file name */
  gboolean   has_length;
  uint64_t   length;
  gboolean   has_secret;
  uint8_t    secret[32];
  GPtrArray *trackers;   /* (owned): of char* */
  GPtrArray *addresses;  /* (owned): of char*: "host:port" or "[v6]:port" */
  GArray    *devices;    /* (owned): of ShoalHash: device IDs */
} ShoalLink;

typedef enum
{
  SHOAL_LINK_MAGNET,
  SHOAL_LINK_SHOAL,
} ShoalLinkScheme;

ShoalLink *shoal_link_new    (const ShoalHash *id);
void       shoal_link_free   (ShoalLink *self);
/* TRUE if @text begins like a share link: worth giving to shoal_link_parse(). */
gboolean   shoal_link_looks_like (const char *text);
/* @size: -1 for NUL-terminated. INVALID, LIMIT, or UNSUPPORTED for a v1-only
 * magnet. More trackers, addresses or devices than the maxima are ignored, as
 * are addresses that make no sense or carry a scope. */
ShoalLink *shoal_link_parse  (const char *text, gssize size, GError **error);
/* Leaves out what parsing would not take: addresses with a scope id never leave the host.
 * Returns: (transfer full) */
char      *shoal_link_format (const ShoalLink *self, ShoalLinkScheme scheme);

/* Splits "host:port" or "[v6]:port"; FALSE unless it is one, without a scope,
 * and with a port. @host (out) (transfer full): without brackets. */
gboolean shoal_address_split (const char *address, char **host, uint16_t *port);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalLink, shoal_link_free)

G_END_DECLS
