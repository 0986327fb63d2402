/* shoal-announcement.h: what a device says of itself on the local network.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The TXT record of `_shoal._tcp` (RFC 6763 §6): strings `key=value`, keys case-insensitive, the
 * first of equal keys counts, unknown keys are ignored. Pure code.
 *
 *   txtvers  “1”: this layout. Another value: not for us.
 *   v        highest protocol version spoken, decimal, 1..65535.
 *   id, n    to everyone: the first ten characters of the device ID, and the device's name.
 *   r        to friends: a random nonce, base64 of 12 bytes. Then no id and no n.
 *   t0…t3    to friends: tags, base64 of up to 31 × 6 bytes each.
 *
 * A tag tells a friend, and nobody else, who this is:
 *
 *   tag = first 6 bytes of HMAC-SHA-256 (key of the pair, nonce ‖ announcer's device ID)
 *
 * where the key is derived from the pair's secret for this purpose alone. The announcer's ID
 * makes the tags of the two friends differ. The announcer pads the list with random tags to a
 * multiple of eight, so that it does not count its friends aloud, and draws nonce and instance
 * name anew at every start and now and then. A tag proves nothing: the link does.
 */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SHOAL_ANNOUNCEMENT_ID_CHARS 10u
#define SHOAL_ANNOUNCEMENT_NONCE_SIZE 12u
#define SHOAL_ANNOUNCEMENT_TAG_SIZE 6u
#define SHOAL_ANNOUNCEMENT_TAGS_PER_STRING 31u
/* In one announcement: 1,043 bytes of TXT. 32 tags are about 300 bytes. Who has more friends
 * makes several announcements. */
#define SHOAL_ANNOUNCEMENT_MAX_TAGS 124u
/* DNS-SD: bytes of an instance name, less room for “ #99”. */
#define SHOAL_ANNOUNCEMENT_MAX_INSTANCE 59u

typedef struct
{
  uint8_t bytes[SHOAL_ANNOUNCEMENT_TAG_SIZE];
} ShoalAnnouncementTag;

/* Plain value but for @name; all zeroes is empty. To everyone if @id is not empty, else to
 * friends. */
typedef struct
{
  guint                version;
  /* To everyone. */
  char                 id[SHOAL_ANNOUNCEMENT_ID_CHARS + 1]; /* letters and digits */
  char                *name; /* (owned) (nullable): 1..240 bytes of UTF-8, no control characters */
  /* To friends. */
  uint8_t              nonce[SHOAL_ANNOUNCEMENT_NONCE_SIZE];
  guint                n_tags;
  ShoalAnnouncementTag tags[SHOAL_ANNOUNCEMENT_MAX_TAGS];
} ShoalAnnouncement;

void shoal_announcement_clear (ShoalAnnouncement *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ShoalAnnouncement, shoal_announcement_clear)

/* The TXT record in wire form. @self is ours and must be well-formed; a name that is too long is
 * cut, control characters in it become spaces. Returns: (transfer full) */
GBytes *shoal_announcement_format (const ShoalAnnouncement *self);

/* Reads what somebody announces; anything goes in. On failure @self is cleared:
 * %SHOAL_ERROR_VERSION if it is for a later Shoal, else %SHOAL_ERROR_INVALID. */
gboolean shoal_announcement_parse (GBytes *txt, ShoalAnnouncement *self, GError **error);

gboolean shoal_announcement_has_tag (const ShoalAnnouncement    *self,
                                     const ShoalAnnouncementTag *tag);

/* An instance name from a device's name: valid UTF-8, no control characters, at most
 * %SHOAL_ANNOUNCEMENT_MAX_INSTANCE bytes, never empty (“Shoal”). For friends, take random
 * digits instead. Returns: (transfer full) */
char *shoal_announcement_instance_name (const char *name);

G_END_DECLS
