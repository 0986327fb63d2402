/* shoal-device-item.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-device-item.h"

struct _ShoalDeviceItem
{
  GObject          parent_instance;

  ShoalDeviceInfo *info;     /* (owned) */
  double           progress;
};

G_DEFINE_FINAL_TYPE (ShoalDeviceItem, shoal_device_item, G_TYPE_OBJECT)

typedef enum
{
  PROP_NAME = 1,
  PROP_IS_FRIEND,
  PROP_IS_BLOCKED,
} ShoalDeviceItemProperty;

static GParamSpec *props[PROP_IS_BLOCKED + 1];
static guint changed_signal;

static void
shoal_device_item_finalize (GObject *object)
{
  shoal_device_info_unref (SHOAL_DEVICE_ITEM (object)->info);
  G_OBJECT_CLASS (shoal_device_item_parent_class)->finalize (object);
}

static void
shoal_device_item_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  ShoalDeviceItem *self = SHOAL_DEVICE_ITEM (object);

  switch ((ShoalDeviceItemProperty) prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->info->label);
      break;

    case PROP_IS_FRIEND:
      g_value_set_boolean (value, self->info->is_friend);
      break;

    case PROP_IS_BLOCKED:
      g_value_set_boolean (value, self->info->is_blocked);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_device_item_class_init (ShoalDeviceItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags
    = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = shoal_device_item_finalize;
  object_class->get_property = shoal_device_item_get_property;

  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_IS_FRIEND] = g_param_spec_boolean ("is-friend", NULL, NULL, FALSE, flags);
  props[PROP_IS_BLOCKED] = g_param_spec_boolean ("is-blocked", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  changed_signal = g_signal_new ("changed", SHOAL_TYPE_DEVICE_ITEM, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
shoal_device_item_init (ShoalDeviceItem *self)
{
  self->progress = -1;
}

/* --- Public -------------------------------------------------------------- */

ShoalDeviceItem *
shoal_device_item_new (ShoalDeviceInfo *info)
{
  ShoalDeviceItem *self = g_object_new (SHOAL_TYPE_DEVICE_ITEM, NULL);

  self->info = shoal_device_info_ref (info);
  return self;
}

ShoalDeviceInfo *
shoal_device_item_get_info (ShoalDeviceItem *self)
{
  return self->info;
}

const char *
shoal_device_item_get_id (ShoalDeviceItem *self)
{
  return self->info->id;
}

const char *
shoal_device_item_get_name (ShoalDeviceItem *self)
{
  return self->info->label;
}

guint
shoal_device_item_get_waiting (ShoalDeviceItem *self)
{
  return self->info->offers_out;
}

double
shoal_device_item_get_progress (ShoalDeviceItem *self)
{
  return self->progress;
}

static void
notify_if (ShoalDeviceItem *self, gboolean differs, ShoalDeviceItemProperty property)
{
  if (differs)
    g_object_notify_by_pspec (G_OBJECT (self), props[property]);
}

void
shoal_device_item_update (ShoalDeviceItem *self, ShoalDeviceInfo *info)
{
  g_autoptr (ShoalDeviceInfo) old = self->info;

  self->info = shoal_device_info_ref (info);
  if (old == info)
    return;

  g_object_freeze_notify (G_OBJECT (self));
  notify_if (self, g_strcmp0 (old->label, info->label) != 0, PROP_NAME);
  notify_if (self, old->is_friend != info->is_friend, PROP_IS_FRIEND);
  notify_if (self, old->is_blocked != info->is_blocked, PROP_IS_BLOCKED);
  g_object_thaw_notify (G_OBJECT (self));
  g_signal_emit (self, changed_signal, 0);
}

void
shoal_device_item_set_progress (ShoalDeviceItem *self, double progress)
{
  if (self->progress == progress)
    return;

  self->progress = progress;
  g_signal_emit (self, changed_signal, 0);
}
