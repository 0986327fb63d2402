/* shoal-avatar-ring.c: somebody's picture, with a ring round it while bytes move.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-avatar-ring.h"

#include <adwaita.h>
#include <math.h>

#define DEFAULT_SIZE 40
/* Of the ring, and of the gap between it and the picture. */
#define RING_WIDTH 3
#define RING_GAP 1
#define MARGIN (RING_WIDTH + RING_GAP)
/* Pictures are drawn at most this large, at a scale of two. */
#define MAX_PICTURE_SIDE 256
#define DIMMED_OPACITY 0.65

struct _ShoalAvatarRing
{
  GtkWidget  parent_instance;

  AdwAvatar *avatar;   /* (owned): the child */
  double     fraction; /* negative: no ring */
  GBytes    *picture;  /* (owned) (nullable) */
  gboolean   dimmed;
};

G_DEFINE_FINAL_TYPE (ShoalAvatarRing, shoal_avatar_ring, GTK_TYPE_WIDGET)

typedef enum
{
  PROP_TEXT = 1,
  PROP_SIZE,
  PROP_FRACTION,
  PROP_PICTURE,
  PROP_DIMMED,
} ShoalAvatarRingProperty;

static GParamSpec *props[PROP_DIMMED + 1];

/* --- Picture ------------------------------------------------------------- */

static void
on_size_prepared (GdkPixbufLoader *loader, int width, int height, gpointer user_data)
{
  int side = MAX (width, height);

  /* A small file can describe a picture that fills the memory. */
  if (side > MAX_PICTURE_SIDE)
    gdk_pixbuf_loader_set_size (loader, MAX (1, (int) ((gint64) width * MAX_PICTURE_SIDE / side)),
                                MAX (1, (int) ((gint64) height * MAX_PICTURE_SIDE / side)));
}

/* (nullable): @bytes came from somebody else and may be anything. */
static GdkPaintable *
decode (GBytes *bytes)
{
  static const char *const TYPES[] = { "png", "jpeg" };

  for (gsize i = 0; bytes != NULL && i < G_N_ELEMENTS (TYPES); i++)
    {
      g_autoptr (GdkPixbufLoader) loader = gdk_pixbuf_loader_new_with_type (TYPES[i], NULL);
      gboolean whole;
      GdkPixbuf *pixbuf;

      if (loader == NULL)
        continue;
      g_signal_connect (loader, "size-prepared", G_CALLBACK (on_size_prepared), NULL);
      whole = gdk_pixbuf_loader_write_bytes (loader, bytes, NULL);
      whole = gdk_pixbuf_loader_close (loader, NULL) && whole;
      pixbuf = whole ? gdk_pixbuf_loader_get_pixbuf (loader) : NULL;
      if (pixbuf != NULL)
        return GDK_PAINTABLE (gdk_texture_new_for_pixbuf (pixbuf));
    }
  return NULL;
}

/* --- Drawing ------------------------------------------------------------- */

static void
shoal_avatar_ring_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                           int *minimum, int *natural, int *minimum_baseline,
                           int *natural_baseline)
{
  ShoalAvatarRing *self = SHOAL_AVATAR_RING (widget);

  *minimum = *natural = adw_avatar_get_size (self->avatar) + 2 * MARGIN;
}

static void
shoal_avatar_ring_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ShoalAvatarRing *self = SHOAL_AVATAR_RING (widget);
  int size = adw_avatar_get_size (self->avatar);
  GskTransform *to_middle = gsk_transform_translate (
    NULL, &GRAPHENE_POINT_INIT ((float) ((width - size) / 2), (float) ((height - size) / 2)));

  gtk_widget_allocate (GTK_WIDGET (self->avatar), size, size, -1, to_middle);
}

static void
draw_ring (ShoalAvatarRing *self, GtkSnapshot *snapshot)
{
  GtkWidget *widget = GTK_WIDGET (self);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  double radius = adw_avatar_get_size (self->avatar) / 2.0 + RING_GAP + RING_WIDTH / 2.0;
  cairo_t *cr = gtk_snapshot_append_cairo (
    snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  GdkRGBA color;
  GdkRGBA groove;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  groove = color;
  groove.alpha *= 0.2f;

  cairo_set_line_width (cr, RING_WIDTH);
  cairo_arc (cr, width / 2.0, height / 2.0, radius, 0, 2 * G_PI);
  gdk_cairo_set_source_rgba (cr, &groove);
  cairo_stroke (cr);
  if (self->fraction > 0)
    {
      /* Clockwise from the top in every language, as clocks go. */
      cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
      cairo_arc (cr, width / 2.0, height / 2.0, radius, -G_PI / 2,
                 -G_PI / 2 + 2 * G_PI * self->fraction);
      gdk_cairo_set_source_rgba (cr, &color);
      cairo_stroke (cr);
    }
  cairo_destroy (cr);
}

static void
shoal_avatar_ring_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ShoalAvatarRing *self = SHOAL_AVATAR_RING (widget);

  gtk_widget_snapshot_child (widget, GTK_WIDGET (self->avatar), snapshot);
  if (self->fraction >= 0)
    draw_ring (self, snapshot);
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_avatar_ring_dispose (GObject *object)
{
  ShoalAvatarRing *self = SHOAL_AVATAR_RING (object);

  if (self->avatar != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->avatar));
  self->avatar = NULL;
  g_clear_pointer (&self->picture, g_bytes_unref);
  G_OBJECT_CLASS (shoal_avatar_ring_parent_class)->dispose (object);
}

static void
shoal_avatar_ring_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  ShoalAvatarRing *self = SHOAL_AVATAR_RING (object);

  switch ((ShoalAvatarRingProperty) prop_id)
    {
    case PROP_TEXT:
      g_value_set_string (value, adw_avatar_get_text (self->avatar));
      break;

    case PROP_SIZE:
      g_value_set_int (value, adw_avatar_get_size (self->avatar));
      break;

    case PROP_FRACTION:
      g_value_set_double (value, self->fraction);
      break;

    case PROP_PICTURE:
      g_value_set_boxed (value, self->picture);
      break;

    case PROP_DIMMED:
      g_value_set_boolean (value, self->dimmed);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_avatar_ring_set_property (GObject *object, guint prop_id, const GValue *value,
                                GParamSpec *pspec)
{
  ShoalAvatarRing *self = SHOAL_AVATAR_RING (object);

  switch ((ShoalAvatarRingProperty) prop_id)
    {
    case PROP_TEXT:
      shoal_avatar_ring_set_text (self, g_value_get_string (value));
      break;

    case PROP_SIZE:
      adw_avatar_set_size (self->avatar, g_value_get_int (value));
      gtk_widget_queue_resize (GTK_WIDGET (self));
      break;

    case PROP_FRACTION:
      shoal_avatar_ring_set_fraction (self, g_value_get_double (value));
      break;

    case PROP_PICTURE:
      shoal_avatar_ring_set_picture (self, g_value_get_boxed (value));
      break;

    case PROP_DIMMED:
      shoal_avatar_ring_set_dimmed (self, g_value_get_boolean (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_avatar_ring_class_init (ShoalAvatarRingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = shoal_avatar_ring_dispose;
  object_class->get_property = shoal_avatar_ring_get_property;
  object_class->set_property = shoal_avatar_ring_set_property;
  widget_class->measure = shoal_avatar_ring_measure;
  widget_class->size_allocate = shoal_avatar_ring_size_allocate;
  widget_class->snapshot = shoal_avatar_ring_snapshot;

  props[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  props[PROP_SIZE] = g_param_spec_int ("size", NULL, NULL, 1, 512, DEFAULT_SIZE, flags);
  props[PROP_FRACTION] = g_param_spec_double ("fraction", NULL, NULL, -1, 1, -1, flags);
  props[PROP_PICTURE] = g_param_spec_boxed ("picture", NULL, NULL, G_TYPE_BYTES, flags);
  props[PROP_DIMMED] = g_param_spec_boolean ("dimmed", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  gtk_widget_class_set_css_name (widget_class, "avatarring");
  /* What it shows stands beside it in words. */
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
shoal_avatar_ring_init (ShoalAvatarRing *self)
{
  self->fraction = -1;
  self->avatar = ADW_AVATAR (adw_avatar_new (DEFAULT_SIZE, NULL, TRUE));
  gtk_widget_set_parent (GTK_WIDGET (self->avatar), GTK_WIDGET (self));
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

/* --- Public -------------------------------------------------------------- */

GtkWidget *
shoal_avatar_ring_new (const char *text, int size)
{
  return g_object_new (SHOAL_TYPE_AVATAR_RING, "text", text, "size", size, NULL);
}

void
shoal_avatar_ring_set_text (ShoalAvatarRing *self, const char *text)
{
  g_return_if_fail (SHOAL_IS_AVATAR_RING (self));

  if (g_strcmp0 (text, adw_avatar_get_text (self->avatar)) == 0)
    return;
  adw_avatar_set_text (self->avatar, text);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_TEXT]);
}

void
shoal_avatar_ring_set_fraction (ShoalAvatarRing *self, double fraction)
{
  g_return_if_fail (SHOAL_IS_AVATAR_RING (self));

  fraction = fraction < 0 ? -1 : MIN (fraction, 1);
  /* A change that nobody sees is not drawn. */
  if ((fraction < 0) == (self->fraction < 0) && fabs (fraction - self->fraction) < 0.002)
    return;
  self->fraction = fraction;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FRACTION]);
}

double
shoal_avatar_ring_get_fraction (ShoalAvatarRing *self)
{
  g_return_val_if_fail (SHOAL_IS_AVATAR_RING (self), -1);

  return self->fraction;
}

void
shoal_avatar_ring_set_picture (ShoalAvatarRing *self, GBytes *picture)
{
  g_autoptr (GdkPaintable) paintable = NULL;

  g_return_if_fail (SHOAL_IS_AVATAR_RING (self));

  if (picture == self->picture
      || (picture != NULL && self->picture != NULL && g_bytes_equal (picture, self->picture)))
    return;
  g_clear_pointer (&self->picture, g_bytes_unref);
  self->picture = picture != NULL ? g_bytes_ref (picture) : NULL;
  paintable = decode (picture);
  adw_avatar_set_custom_image (self->avatar, paintable);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PICTURE]);
}

void
shoal_avatar_ring_set_dimmed (ShoalAvatarRing *self, gboolean dimmed)
{
  g_return_if_fail (SHOAL_IS_AVATAR_RING (self));

  if (dimmed == self->dimmed)
    return;
  self->dimmed = dimmed;
  gtk_widget_set_opacity (GTK_WIDGET (self->avatar), dimmed ? DIMMED_OPACITY : 1);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_DIMMED]);
}
