/* shoal-snapshot.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-engine"

#include "config.h"

#include "shoal-snapshot.h"

G_DEFINE_ENUM_TYPE (ShoalReach, shoal_reach,
  G_DEFINE_ENUM_VALUE (SHOAL_REACH_NONE, "none"),
  G_DEFINE_ENUM_VALUE (SHOAL_REACH_NEARBY, "nearby"),
  G_DEFINE_ENUM_VALUE (SHOAL_REACH_LOCAL, "local"),
  G_DEFINE_ENUM_VALUE (SHOAL_REACH_DIRECT, "direct"),
  G_DEFINE_ENUM_VALUE (SHOAL_REACH_RELAYED, "relayed"))

G_DEFINE_ENUM_TYPE (ShoalContentKind, shoal_content_kind,
  G_DEFINE_ENUM_VALUE (SHOAL_CONTENT_FILES, "files"),
  G_DEFINE_ENUM_VALUE (SHOAL_CONTENT_TEXT, "text"),
  G_DEFINE_ENUM_VALUE (SHOAL_CONTENT_LINK, "link"))

G_DEFINE_ENUM_TYPE (ShoalOfferState, shoal_offer_state,
  G_DEFINE_ENUM_VALUE (SHOAL_OFFER_NONE, "none"),
  G_DEFINE_ENUM_VALUE (SHOAL_OFFER_QUEUED, "queued"),
  G_DEFINE_ENUM_VALUE (SHOAL_OFFER_UNANSWERED, "unanswered"),
  G_DEFINE_ENUM_VALUE (SHOAL_OFFER_ACCEPTED, "accepted"),
  G_DEFINE_ENUM_VALUE (SHOAL_OFFER_DECLINED, "declined"),
  G_DEFINE_ENUM_VALUE (SHOAL_OFFER_LAPSED, "lapsed"),
  G_DEFINE_ENUM_VALUE (SHOAL_OFFER_WITHDRAWN, "withdrawn"))

G_DEFINE_ENUM_TYPE (ShoalShareState, shoal_share_state,
  G_DEFINE_ENUM_VALUE (SHOAL_SHARE_PREPARING, "preparing"),
  G_DEFINE_ENUM_VALUE (SHOAL_SHARE_SERVED, "served"),
  G_DEFINE_ENUM_VALUE (SHOAL_SHARE_TROUBLE, "trouble"))

G_DEFINE_ENUM_TYPE (ShoalTransferPhase, shoal_transfer_phase,
  G_DEFINE_ENUM_VALUE (SHOAL_TRANSFER_PREPARING, "preparing"),
  G_DEFINE_ENUM_VALUE (SHOAL_TRANSFER_QUEUED, "queued"),
  G_DEFINE_ENUM_VALUE (SHOAL_TRANSFER_CONNECTING, "connecting"),
  G_DEFINE_ENUM_VALUE (SHOAL_TRANSFER_WAITING, "waiting"),
  G_DEFINE_ENUM_VALUE (SHOAL_TRANSFER_RUNNING, "running"),
  G_DEFINE_ENUM_VALUE (SHOAL_TRANSFER_PAUSED, "paused"),
  G_DEFINE_ENUM_VALUE (SHOAL_TRANSFER_SYNCING, "syncing"),
  G_DEFINE_ENUM_VALUE (SHOAL_TRANSFER_DONE, "done"),
  G_DEFINE_ENUM_VALUE (SHOAL_TRANSFER_DECLINED, "declined"),
  G_DEFINE_ENUM_VALUE (SHOAL_TRANSFER_FAILED, "failed"))

/* --- Devices ------------------------------------------------------------- */

ShoalDeviceInfo *
shoal_device_info_new (void)
{
  return g_atomic_rc_box_new0 (ShoalDeviceInfo);
}

ShoalDeviceInfo *
shoal_device_info_ref (ShoalDeviceInfo *info)
{
  return g_atomic_rc_box_acquire (info);
}

static void
device_info_clear (gpointer data)
{
  ShoalDeviceInfo *info = data;

  g_free (info->id);
  g_free (info->label);
  g_free (info->name);
  g_free (info->nickname);
  g_free (info->mark);
  g_free (info->not_friend);
  g_free (info->reach_why);
  g_free (info->code);
  g_strfreev (info->addresses);
  g_clear_pointer (&info->picture, g_bytes_unref);
}

void
shoal_device_info_unref (ShoalDeviceInfo *info)
{
  g_atomic_rc_box_release_full (info, device_info_clear);
}

/* --- Offers -------------------------------------------------------------- */

ShoalOfferInfo *
shoal_offer_info_new (void)
{
  return g_atomic_rc_box_new0 (ShoalOfferInfo);
}

ShoalOfferInfo *
shoal_offer_info_ref (ShoalOfferInfo *info)
{
  return g_atomic_rc_box_acquire (info);
}

static void
offer_info_clear (gpointer data)
{
  ShoalOfferInfo *info = data;

  g_free (info->id);
  g_clear_pointer (&info->from, shoal_device_info_unref);
  g_free (info->name);
  g_free (info->code);
}

void
shoal_offer_info_unref (ShoalOfferInfo *info)
{
  g_atomic_rc_box_release_full (info, offer_info_clear);
}

/* --- Transfers ----------------------------------------------------------- */

void
shoal_source_info_free (ShoalSourceInfo *source)
{
  g_free (source->device);
  g_free (source->name);
  g_free (source->reach_why);
  g_free (source->state);
  g_free (source->why);
  g_free (source);
}

ShoalTransferInfo *
shoal_transfer_info_new (void)
{
  return g_atomic_rc_box_new0 (ShoalTransferInfo);
}

ShoalTransferInfo *
shoal_transfer_info_ref (ShoalTransferInfo *info)
{
  return g_atomic_rc_box_acquire (info);
}

static void
free_sources (ShoalSourceInfo **sources)
{
  for (gsize i = 0; sources != NULL && sources[i] != NULL; i++)
    shoal_source_info_free (sources[i]);
  g_free (sources);
}

static void
transfer_info_clear (gpointer data)
{
  ShoalTransferInfo *info = data;

  g_free (info->id);
  g_free (info->name);
  g_free (info->offer);
  g_free (info->device);
  g_free (info->device_name);
  g_free (info->code);
  g_free (info->directory);
  g_strfreev (info->paths);
  g_free (info->text);
  g_free (info->reason);
  g_free (info->unreadable);
  g_clear_error (&info->error);
  g_free (info->link);
  g_free (info->share);
  free_sources (info->sources);
  free_sources (info->receivers);
}

void
shoal_transfer_info_unref (ShoalTransferInfo *info)
{
  g_atomic_rc_box_release_full (info, transfer_info_clear);
}

/* --- Shares -------------------------------------------------------------- */

ShoalShareInfo *
shoal_share_info_new (void)
{
  return g_atomic_rc_box_new0 (ShoalShareInfo);
}

ShoalShareInfo *
shoal_share_info_ref (ShoalShareInfo *info)
{
  return g_atomic_rc_box_acquire (info);
}

static void
share_info_clear (gpointer data)
{
  ShoalShareInfo *info = data;

  g_free (info->id);
  g_free (info->name);
  g_free (info->link);
  g_strfreev (info->for_devices);
  g_clear_error (&info->error);
  g_strfreev (info->paths);
  free_sources (info->receivers);
}

void
shoal_share_info_unref (ShoalShareInfo *info)
{
  g_atomic_rc_box_release_full (info, share_info_clear);
}

void
shoal_listing_free (ShoalListing *listing)
{
  g_free (listing->name);
  g_free (listing->id);
  g_free (listing);
}

void
shoal_described_free (ShoalDescribed *described)
{
  g_free (described->what);
  g_free (described->id);
  g_free (described->name);
  for (gsize i = 0; described->sources != NULL && described->sources[i] != NULL; i++)
    shoal_device_info_unref (described->sources[i]);
  g_free (described->sources);
  g_free (described->transfer);
  g_free (described);
}
