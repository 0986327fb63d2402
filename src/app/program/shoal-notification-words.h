/* shoal-notification-words.h: what a notification says, and its buttons.
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "shoal-snapshot.h"

G_BEGIN_DECLS

/* What one notification is about: an offer, and then the transfer that it became,
 * share one. (transfer full) */
char *shoal_notification_get_id (const ShoalTransferInfo *transfer);
char *shoal_notification_get_offer_id (const ShoalOfferInfo *offer);

/* (transfer full) */
GNotification *shoal_notification_for_offer    (const ShoalOfferInfo *offer);
/* NULL if its phase is nothing to be told: it runs, or the person did it.
 * (transfer full) (nullable) */
GNotification *shoal_notification_for_transfer (const ShoalTransferInfo *transfer);
/* Of one of these: to be said rather than shown. GNotification keeps it to itself. */
const char    *shoal_notification_get_title    (GNotification *notification);

G_END_DECLS
