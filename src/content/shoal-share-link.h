/* shoal-share-link.h: share links (BEP 9, 52, and our private secret).
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

#define SHOAL_SHARE_LINK_MAX_TRACKERS  16u
#define SHOAL_SHARE_LINK_MAX_ADDRESSES 16u
#define SHOAL_SHARE_LINK_MAX_DEVICES   16u

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
} ShoalShareLink;

typedef enum
{
  SHOAL_SHARE_LINK_MAGNET,
  SHOAL_SHARE_LINK_SHOAL,
} ShoalShareLinkScheme;

ShoalShareLink *shoal_share_link_new        (const ShoalHash *id);
void            shoal_share_link_free       (ShoalShareLink *self);
/* TRUE if @text begins like a share link: worth giving to the parser. */
gboolean        shoal_share_link_looks_like (const char *text);
/* @size: -1 for NUL-terminated. INVALID, LIMIT, or UNSUPPORTED for a v1-only
 * magnet. More trackers, addresses or devices than the maxima are ignored, as
 * are those that make no sense, and addresses that carry a scope.
 * Returns: (transfer full) */
ShoalShareLink *shoal_share_link_parse      (const char *text, gssize size, GError **error);
/* Leaves out what parsing would not take: an address with a scope never leaves
 * the host. Returns: (transfer full) */
char           *shoal_share_link_format     (const ShoalShareLink *self,
                                             ShoalShareLinkScheme scheme);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalShareLink, shoal_share_link_free)

G_END_DECLS
