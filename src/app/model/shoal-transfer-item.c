/* shoal-transfer-item.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-transfer-item.h"

#define SAMPLE_US G_USEC_PER_SEC

struct _ShoalTransferItem
{
  GObject            parent_instance;

  ShoalTransferInfo *info; /* (owned) */

  /* The latest rates: a ring. */
  double             rates[SHOAL_TRANSFER_ITEM_RATES];
  guint              n_rates;
  guint              first_rate;
  gint64             sampled; /* when the last one was added */
};

G_DEFINE_FINAL_TYPE (ShoalTransferItem, shoal_transfer_item, G_TYPE_OBJECT)

typedef enum
{
  PROP_ID = 1,
  PROP_NAME,
  PROP_DIRECTION,
  PROP_KIND,
  PROP_PHASE,
  PROP_BYTES,
  PROP_TOTAL,
  PROP_FRACTION,
  PROP_RATE,
  PROP_SECONDS_LEFT,
  PROP_DEVICE_NAME,
  PROP_IS_ACTIVE,
  PROP_IS_MOVING,
  PROP_VERIFIED,
  PROP_PASSING_ON,
} ShoalTransferItemProperty;

static GParamSpec *props[PROP_PASSING_ON + 1];
static guint changed_signal;
static guint rates_changed_signal;

/* --- What follows from a snapshot ----------------------------------------- */

static double
fraction_of (const ShoalTransferInfo *info)
{
  if (info->phase == SHOAL_TRANSFER_DONE)
    return 1;
  return info->total > 0 ? CLAMP ((double) info->bytes / (double) info->total, 0, 1) : 0;
}

static gboolean
active_of (const ShoalTransferInfo *info)
{
  return info->phase != SHOAL_TRANSFER_DONE && info->phase != SHOAL_TRANSFER_DECLINED
         && info->phase != SHOAL_TRANSFER_FAILED;
}

static gboolean
moving_of (const ShoalTransferInfo *info)
{
  return info->phase == SHOAL_TRANSFER_RUNNING || info->phase == SHOAL_TRANSFER_SYNCING;
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_transfer_item_finalize (GObject *object)
{
  shoal_transfer_info_unref (SHOAL_TRANSFER_ITEM (object)->info);
  G_OBJECT_CLASS (shoal_transfer_item_parent_class)->finalize (object);
}

static void
shoal_transfer_item_get_property (GObject *object, guint prop_id, GValue *value,
                                  GParamSpec *pspec)
{
  ShoalTransferItem *self = SHOAL_TRANSFER_ITEM (object);
  const ShoalTransferInfo *info = self->info;

  switch ((ShoalTransferItemProperty) prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, info->id);
      break;
    case PROP_NAME:
      g_value_set_string (value, info->name);
      break;
    case PROP_DIRECTION:
      g_value_set_int (value, (int) info->direction);
      break;
    case PROP_KIND:
      g_value_set_enum (value, info->kind);
      break;
    case PROP_PHASE:
      g_value_set_enum (value, info->phase);
      break;
    case PROP_BYTES:
      g_value_set_uint64 (value, info->bytes);
      break;
    case PROP_TOTAL:
      g_value_set_uint64 (value, info->total);
      break;
    case PROP_FRACTION:
      g_value_set_double (value, fraction_of (info));
      break;
    case PROP_RATE:
      g_value_set_double (value, info->rate);
      break;
    case PROP_SECONDS_LEFT:
      g_value_set_double (value, info->seconds_left);
      break;
    case PROP_DEVICE_NAME:
      g_value_set_string (value, info->device_name);
      break;
    case PROP_IS_ACTIVE:
      g_value_set_boolean (value, active_of (info));
      break;
    case PROP_IS_MOVING:
      g_value_set_boolean (value, moving_of (info));
      break;
    case PROP_VERIFIED:
      g_value_set_boolean (value, info->verified);
      break;
    case PROP_PASSING_ON:
      g_value_set_boolean (value, info->passing_on);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags
    = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  props[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_DIRECTION] = g_param_spec_int ("direction", NULL, NULL, SHOAL_TRANSFER_GET,
                                            SHOAL_TRANSFER_SEND, SHOAL_TRANSFER_GET, flags);
  props[PROP_KIND] = g_param_spec_enum ("kind", NULL, NULL, SHOAL_TYPE_CONTENT_KIND,
                                        SHOAL_CONTENT_FILES, flags);
  props[PROP_PHASE] = g_param_spec_enum ("phase", NULL, NULL, SHOAL_TYPE_TRANSFER_PHASE,
                                         SHOAL_TRANSFER_PREPARING, flags);
  props[PROP_BYTES] = g_param_spec_uint64 ("bytes", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  props[PROP_TOTAL] = g_param_spec_uint64 ("total", NULL, NULL, 0, G_MAXUINT64, 0, flags);
  props[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, 0, 1, 0, flags);
  props[PROP_RATE] = g_param_spec_double ("rate", NULL, NULL, 0, G_MAXDOUBLE, 0, flags);
  props[PROP_SECONDS_LEFT] = g_param_spec_double ("seconds-left", NULL, NULL, -G_MAXDOUBLE,
                                                  G_MAXDOUBLE, -1, flags);
  props[PROP_DEVICE_NAME] = g_param_spec_string ("device-name", NULL, NULL, NULL, flags);
  props[PROP_IS_ACTIVE] = g_param_spec_boolean ("is-active", NULL, NULL, FALSE, flags);
  props[PROP_IS_MOVING] = g_param_spec_boolean ("is-moving", NULL, NULL, FALSE, flags);
  props[PROP_VERIFIED] = g_param_spec_boolean ("verified", NULL, NULL, FALSE, flags);
  props[PROP_PASSING_ON] = g_param_spec_boolean ("passing-on", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);
}

static void
shoal_transfer_item_class_init (ShoalTransferItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = shoal_transfer_item_finalize;
  object_class->get_property = shoal_transfer_item_get_property;
  install_properties (object_class);

  changed_signal = g_signal_new ("changed", SHOAL_TYPE_TRANSFER_ITEM, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
  rates_changed_signal = g_signal_new ("rates-changed", SHOAL_TYPE_TRANSFER_ITEM,
                                       G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
shoal_transfer_item_init (ShoalTransferItem *self)
{
}

/* --- Public -------------------------------------------------------------- */

ShoalTransferItem *
shoal_transfer_item_new (ShoalTransferInfo *info)
{
  ShoalTransferItem *self = g_object_new (SHOAL_TYPE_TRANSFER_ITEM, NULL);

  self->info = shoal_transfer_info_ref (info);
  return self;
}

ShoalTransferInfo *
shoal_transfer_item_get_info (ShoalTransferItem *self)
{
  return self->info;
}

const char *
shoal_transfer_item_get_id (ShoalTransferItem *self)
{
  return self->info->id;
}

double
shoal_transfer_item_get_fraction (ShoalTransferItem *self)
{
  return fraction_of (self->info);
}

gboolean
shoal_transfer_item_is_active (ShoalTransferItem *self)
{
  return active_of (self->info);
}

gboolean
shoal_transfer_item_is_moving (ShoalTransferItem *self)
{
  return moving_of (self->info);
}

double *
shoal_transfer_item_dup_rates (ShoalTransferItem *self, guint *n)
{
  double *rates = g_new (double, MAX (self->n_rates, 1));

  for (guint i = 0; i < self->n_rates; i++)
    rates[i] = self->rates[(self->first_rate + i) % SHOAL_TRANSFER_ITEM_RATES];
  *n = self->n_rates;
  return rates;
}

static void
notify_if (ShoalTransferItem *self, gboolean differs, ShoalTransferItemProperty property)
{
  if (differs)
    g_object_notify_by_pspec (G_OBJECT (self), props[property]);
}

void
shoal_transfer_item_update (ShoalTransferItem *self, ShoalTransferInfo *info)
{
  g_autoptr (ShoalTransferInfo) old = self->info;

  self->info = shoal_transfer_info_ref (info);
  if (old == info)
    return;

  g_object_freeze_notify (G_OBJECT (self));
  notify_if (self, g_strcmp0 (old->name, info->name) != 0, PROP_NAME);
  notify_if (self, old->kind != info->kind, PROP_KIND);
  notify_if (self, old->phase != info->phase, PROP_PHASE);
  notify_if (self, old->bytes != info->bytes, PROP_BYTES);
  notify_if (self, old->total != info->total, PROP_TOTAL);
  notify_if (self, fraction_of (old) != fraction_of (info), PROP_FRACTION);
  notify_if (self, old->rate != info->rate, PROP_RATE);
  notify_if (self, old->seconds_left != info->seconds_left, PROP_SECONDS_LEFT);
  notify_if (self, g_strcmp0 (old->device_name, info->device_name) != 0, PROP_DEVICE_NAME);
  notify_if (self, active_of (old) != active_of (info), PROP_IS_ACTIVE);
  notify_if (self, moving_of (old) != moving_of (info), PROP_IS_MOVING);
  notify_if (self, old->verified != info->verified, PROP_VERIFIED);
  notify_if (self, old->passing_on != info->passing_on, PROP_PASSING_ON);
  g_object_thaw_notify (G_OBJECT (self));
  g_signal_emit (self, changed_signal, 0);
}

void
shoal_transfer_item_sample (ShoalTransferItem *self, gint64 now)
{
  guint place;

  if (!moving_of (self->info) || now - self->sampled < SAMPLE_US)
    return;

  self->sampled = now;
  place = (self->first_rate + self->n_rates) % SHOAL_TRANSFER_ITEM_RATES;
  self->rates[place] = self->info->rate;
  if (self->n_rates < SHOAL_TRANSFER_ITEM_RATES)
    self->n_rates++;
  else
    self->first_rate = (self->first_rate + 1) % SHOAL_TRANSFER_ITEM_RATES;
  g_signal_emit (self, rates_changed_signal, 0);
}
