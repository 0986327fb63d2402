/* shoal-invite.h: a link that makes two devices friends, once.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 *   shoal:i/<base64url, without padding, of>
 *     u8 version (1) ‖ 32 bytes secret ‖ 32 bytes the inviter's device ID
 *     ‖ u64 seconds since 1970 when it ends ‖ string name
 *     ‖ u8 n ‖ n × string tracker URL
 *
 * Whoever has it first becomes the inviter's friend, so it is to be given to one
 * person by a way that others do not see. Pure; any thread. */
#pragma once

#include "shoal-error.h"
#include "shoal-hash.h"
#include "shoal-limits.h"

G_BEGIN_DECLS

#define SHOAL_INVITE_PREFIX "shoal:i/"
#define SHOAL_INVITE_SECRET_SIZE 32
#define SHOAL_INVITE_MAX_TRACKERS 8u
#define SHOAL_INVITE_MAX_URL_BYTES 256u
/* An invite is good for this long. */
#define SHOAL_INVITE_DAYS 7

typedef struct
{
  uint8_t    secret[SHOAL_INVITE_SECRET_SIZE];
  ShoalHash  device;   /* the inviter's ID: nobody else is taken for it */
  gint64     ends;     /* µs since 1970 */
  char      *name;     /* (owned): what the inviter calls itself; a label */
  GPtrArray *trackers; /* (owned) (element-type utf8) */
} ShoalInvite;

ShoalInvite *shoal_invite_new        (void);
void         shoal_invite_free       (ShoalInvite *self);
/* TRUE if @text begins like an invite: worth giving to the parser. */
gboolean     shoal_invite_looks_like (const char *text);
/* Space around @text does not matter. INVALID says what is wrong; whether it has
 * ended is the caller's to ask. Returns: (transfer full) (nullable) */
ShoalInvite *shoal_invite_parse      (const char *text, GError **error);
/* Returns: (transfer full) */
char        *shoal_invite_format     (const ShoalInvite *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShoalInvite, shoal_invite_free)

G_END_DECLS
