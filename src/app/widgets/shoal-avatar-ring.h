/* shoal-avatar-ring.h: somebody's picture, with a ring round it while bytes move.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * ShoalAvatarRing:
 *
 * An AdwAvatar in a ring that fills as something is sent or received.
 * Properties: "text" (the name; initials and colour follow from it), "size" (of
 * the avatar, in pixels; the ring lies around it), "fraction" (0 to 1; negative:
 * no ring), "picture" (nullable GBytes: PNG or JPEG, decoded here with bounded
 * size; what cannot be decoded counts as none), "dimmed" (the person is away).
 */
#define SHOAL_TYPE_AVATAR_RING (shoal_avatar_ring_get_type ())
G_DECLARE_FINAL_TYPE (ShoalAvatarRing, shoal_avatar_ring, SHOAL, AVATAR_RING, GtkWidget)

GtkWidget *shoal_avatar_ring_new          (const char *text, int size);
void       shoal_avatar_ring_set_text     (ShoalAvatarRing *self, const char *text);
void       shoal_avatar_ring_set_fraction (ShoalAvatarRing *self, double fraction);
double     shoal_avatar_ring_get_fraction (ShoalAvatarRing *self);
void       shoal_avatar_ring_set_picture  (ShoalAvatarRing *self, GBytes *picture);
void       shoal_avatar_ring_set_dimmed   (ShoalAvatarRing *self, gboolean dimmed);

G_END_DECLS
