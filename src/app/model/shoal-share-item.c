/* shoal-share-item.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-share-item.h"

struct _ShoalShareItem
{
  GObject         parent_instance;

  ShoalShareInfo *info; /* (owned) */
};

G_DEFINE_FINAL_TYPE (ShoalShareItem, shoal_share_item, G_TYPE_OBJECT)

typedef enum
{
  PROP_ID = 1,
  PROP_NAME,
  PROP_LINK,
  PROP_BYTES,
  PROP_FILES,
  PROP_UPLOADED,
  PROP_FETCHERS,
} ShoalShareItemProperty;

static GParamSpec *props[PROP_FETCHERS + 1];
static guint changed_signal;

static void
shoal_share_item_finalize (GObject *object)
{
  shoal_share_info_unref (SHOAL_SHARE_ITEM (object)->info);
  G_OBJECT_CLASS (shoal_share_item_parent_class)->finalize (object);
}

static void
shoal_share_item_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  ShoalShareItem *self = SHOAL_SHARE_ITEM (object);

  switch ((ShoalShareItemProperty) prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->info->id);
      break;

    case PROP_NAME:
      g_value_set_string (value, self->info->name);
      break;

    case PROP_LINK:
      g_value_set_string (value, self->info->link);
      break;

    case PROP_BYTES:
      g_value_set_uint64 (value, self->info->bytes);
      break;

    case PROP_FILES:
      g_value_set_uint (value, self->info->files);
      break;

    case PROP_UPLOADED:
      g_value_set_uint64 (value, self->info->uploaded);
      break;

    case PROP_FETCHERS:
      g_value_set_uint (value, self->info->fetchers);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_share_item_class_init (ShoalShareItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags
    = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = shoal_share_item_finalize;
  object_class->get_property = shoal_share_item_get_property;

  props[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_LINK] = g_param_spec_string ("link", NULL, NULL, NULL, flags);
  props[PROP_BYTES] = g_param_spec_uint64 ("bytes", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  props[PROP_FILES] = g_param_spec_uint ("files", NULL, NULL, 0, G_MAXUINT, 0, flags);
  props[PROP_UPLOADED] = g_param_spec_uint64 ("uploaded", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  props[PROP_FETCHERS] = g_param_spec_uint ("fetchers", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  changed_signal = g_signal_new ("changed", SHOAL_TYPE_SHARE_ITEM, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
shoal_share_item_init (ShoalShareItem *self)
{
}

/* --- Public -------------------------------------------------------------- */

ShoalShareItem *
shoal_share_item_new (ShoalShareInfo *info)
{
  ShoalShareItem *self = g_object_new (SHOAL_TYPE_SHARE_ITEM, NULL);

  self->info = shoal_share_info_ref (info);
  return self;
}

ShoalShareInfo *
shoal_share_item_get_info (ShoalShareItem *self)
{
  return self->info;
}

const char *
shoal_share_item_get_id (ShoalShareItem *self)
{
  return self->info->id;
}

static void
notify_if (ShoalShareItem *self, gboolean differs, ShoalShareItemProperty property)
{
  if (differs)
    g_object_notify_by_pspec (G_OBJECT (self), props[property]);
}

void
shoal_share_item_update (ShoalShareItem *self, ShoalShareInfo *info)
{
  g_autoptr (ShoalShareInfo) old = self->info;

  self->info = shoal_share_info_ref (info);
  if (old == info)
    return;

  g_object_freeze_notify (G_OBJECT (self));
  notify_if (self, g_strcmp0 (old->name, info->name) != 0, PROP_NAME);
  notify_if (self, g_strcmp0 (old->link, info->link) != 0, PROP_LINK);
  notify_if (self, old->bytes != info->bytes, PROP_BYTES);
  notify_if (self, old->files != info->files, PROP_FILES);
  notify_if (self, old->uploaded != info->uploaded, PROP_UPLOADED);
  notify_if (self, old->fetchers != info->fetchers, PROP_FETCHERS);
  g_object_thaw_notify (G_OBJECT (self));
  g_signal_emit (self, changed_signal, 0);
}
