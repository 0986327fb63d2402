/* shoal-qr.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-qr.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <qrencode.h>

/* Modules of light around the code, without which cameras do not find it. */
#define QUIET_ZONE 4u
#define MIN_SIZE 176
#define NATURAL_SIZE 240

struct _ShoalQr
{
  GtkWidget  parent_instance;

  char      *text;    /* (owned) (nullable) */
  guint8    *modules; /* (owned) (nullable): width × width */
  guint      width;
};

G_DEFINE_FINAL_TYPE (ShoalQr, shoal_qr, GTK_TYPE_WIDGET)

typedef enum
{
  PROP_TEXT = 1,
} ShoalQrProperty;

static GParamSpec *props[PROP_TEXT + 1];

/* --- Drawing --------------------------------------------------------------- */

static void
draw_modules (ShoalQr *self, cairo_t *cairo, double module)
{
  for (guint y = 0; y < self->width; y++)
    {
      const guint8 *row = self->modules + (gsize) y * self->width;
      guint x = 0;

      while (x < self->width)
        {
          guint from = x;

          while (x < self->width && row[x])
            x++;
          if (x > from)
            cairo_rectangle (cairo, from * module, y * module, (x - from) * module, module);
          else
            x++;
        }
    }
  cairo_fill (cairo);
}

/* Black on white in every theme: it is read by cameras. Whole pixels a module,
 * so that no edge is blurred. */
static void
shoal_qr_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ShoalQr *self = SHOAL_QR (widget);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  int scale = gtk_widget_get_scale_factor (widget);
  double modules = self->width + 2 * QUIET_ZONE;
  double module = MAX (1, (int) (MIN (width, height) * scale / modules)) / (double) scale;
  double size = module * modules;
  graphene_rect_t area;
  GskRoundedRect rounded;
  cairo_t *cairo;

  if (self->modules == NULL)
    return;

  graphene_rect_init (&area, (float) (int) ((width - size) / 2),
                      (float) (int) ((height - size) / 2), (float) size, (float) size);
  gsk_rounded_rect_init_from_rect (&rounded, &area, 6);
  gtk_snapshot_push_rounded_clip (snapshot, &rounded);
  gtk_snapshot_append_color (snapshot, &(GdkRGBA) { 1, 1, 1, 1 }, &area);
  gtk_snapshot_pop (snapshot);

  cairo = gtk_snapshot_append_cairo (snapshot, &area);
  cairo_set_antialias (cairo, CAIRO_ANTIALIAS_NONE);
  cairo_translate (cairo, area.origin.x + QUIET_ZONE * module,
                   area.origin.y + QUIET_ZONE * module);
  draw_modules (self, cairo, module);
  cairo_destroy (cairo);
}

static void
shoal_qr_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                  int *natural, int *minimum_baseline, int *natural_baseline)
{
  ShoalQr *self = SHOAL_QR (widget);
  int modules = (int) (self->width + 2 * QUIET_ZONE);

  /* Two pixels a module at least: a phone reads that from a hand's breadth. */
  *minimum = self->modules == NULL ? 0 : MAX (MIN_SIZE, 2 * modules);
  *natural = self->modules == NULL ? 0 : MAX (NATURAL_SIZE, 3 * modules);
  *minimum_baseline = *natural_baseline = -1;
}

/* --- GObject --------------------------------------------------------------- */

static void
shoal_qr_finalize (GObject *object)
{
  ShoalQr *self = SHOAL_QR (object);

  g_free (self->text);
  g_free (self->modules);

  G_OBJECT_CLASS (shoal_qr_parent_class)->finalize (object);
}

static void
shoal_qr_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  ShoalQr *self = SHOAL_QR (object);

  switch ((ShoalQrProperty) prop_id)
    {
    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_qr_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  switch ((ShoalQrProperty) prop_id)
    {
    case PROP_TEXT:
      shoal_qr_set_text (SHOAL_QR (object), g_value_get_string (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_qr_class_init (ShoalQrClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->finalize = shoal_qr_finalize;
  object_class->get_property = shoal_qr_get_property;
  object_class->set_property = shoal_qr_set_property;
  widget_class->snapshot = shoal_qr_snapshot;
  widget_class->measure = shoal_qr_measure;

  props[PROP_TEXT]
    = g_param_spec_string ("text", NULL, NULL, NULL,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "qr");
}

static void
shoal_qr_init (ShoalQr *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("QR code of the link"), -1);
}

/* --- Public ---------------------------------------------------------------- */

GtkWidget *
shoal_qr_new (void)
{
  return g_object_new (SHOAL_TYPE_QR, NULL);
}

/* As much correction as there is room for: the medium level, else the low one. */
static QRcode *
encode (const char *text)
{
  QRcode *code = QRcode_encodeString8bit (text, 0, QR_ECLEVEL_M);

  if (code == NULL && errno == ERANGE)
    code = QRcode_encodeString8bit (text, 0, QR_ECLEVEL_L);
  return code;
}

gboolean
shoal_qr_set_text (ShoalQr *self, const char *text)
{
  QRcode *code;

  g_return_val_if_fail (SHOAL_IS_QR (self), FALSE);

  if (g_strcmp0 (self->text, text) == 0)
    return text == NULL || self->modules != NULL;

  g_free (self->text);
  self->text = g_strdup (text);
  g_clear_pointer (&self->modules, g_free);
  self->width = 0;

  code = text != NULL && *text != '\0' ? encode (text) : NULL;
  if (code != NULL)
    {
      gsize n = (gsize) code->width * (gsize) code->width;

      self->width = (guint) code->width;
      self->modules = g_malloc (n);
      for (gsize i = 0; i < n; i++)
        self->modules[i] = code->data[i] & 1;
      QRcode_free (code);
    }

  gtk_widget_queue_resize (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TEXT]);
  return text == NULL || self->modules != NULL;
}

const guint8 *
shoal_qr_get_modules (ShoalQr *self, guint *width)
{
  g_return_val_if_fail (SHOAL_IS_QR (self), NULL);

  if (width != NULL)
    *width = self->width;
  return self->modules;
}
