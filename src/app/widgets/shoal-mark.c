/* shoal-mark.c: the four small shapes that tell devices of equal name apart.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-mark.h"

#include <glib/gi18n.h>

struct _ShoalMark
{
  GtkWidget parent_instance;

  char     *mark; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (ShoalMark, shoal_mark, GTK_TYPE_WIDGET)

typedef enum
{
  PROP_MARK = 1,
} ShoalMarkProperty;

static GParamSpec *props[PROP_MARK + 1];

/* The shapes of src/identity, in the user's language. */
static const struct
{
  const char *glyph;
  const char *name;
} SHAPES[] = {
  { "●", N_ ("disc") },      { "○", N_ ("ring") },     { "■", N_ ("square") },
  { "□", N_ ("frame") },     { "▲", N_ ("triangle") }, { "△", N_ ("tent") },
  { "▼", N_ ("funnel") },    { "▽", N_ ("cup") },      { "◆", N_ ("diamond") },
  { "◇", N_ ("kite") },      { "★", N_ ("star") },     { "☆", N_ ("open star") },
  { "♠", N_ ("spade") },     { "♣", N_ ("club") },     { "♥", N_ ("heart") },
  { "♡", N_ ("open heart") }, { "♪", N_ ("note") },    { "☀", N_ ("sun") },
  { "☁", N_ ("cloud") },     { "☂", N_ ("umbrella") }, { "☎", N_ ("telephone") },
  { "☾", N_ ("moon") },      { "⚑", N_ ("flag") },     { "✈", N_ ("plane") },
  { "✎", N_ ("pencil") },    { "✂", N_ ("scissors") }, { "✿", N_ ("flower") },
  { "❄", N_ ("snowflake") }, { "✚", N_ ("cross") },    { "⌂", N_ ("house") },
  { "♞", N_ ("horse") },     { "♛", N_ ("crown") },
};

static const char *
word_for (const char *glyph, gsize length)
{
  for (gsize i = 0; i < G_N_ELEMENTS (SHAPES); i++)
    {
      if (strlen (SHAPES[i].glyph) == length && strncmp (SHAPES[i].glyph, glyph, length) == 0)
        return _(SHAPES[i].name);
    }
  return NULL;
}

/* --- Drawing ------------------------------------------------------------- */

/* The side of the square that each shape stands in. */
static int
get_cell (ShoalMark *self)
{
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self));
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  int ascent = pango_font_metrics_get_ascent (metrics);

  pango_font_metrics_unref (metrics);
  return PANGO_PIXELS_CEIL (ascent);
}

static glong
count_shapes (ShoalMark *self)
{
  return self->mark != NULL ? g_utf8_strlen (self->mark, -1) : 0;
}

static void
shoal_mark_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline)
{
  ShoalMark *self = SHOAL_MARK (widget);
  int cell = get_cell (self);
  int size = orientation == GTK_ORIENTATION_HORIZONTAL ? cell * (int) count_shapes (self) : cell;

  *minimum = *natural = size;
}

/* One shape, its ink scaled into the middle of a square. */
static void
append_shape (ShoalMark *self, GtkSnapshot *snapshot, const char *glyph, int length, float x,
              float y, float side)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), NULL);
  GdkRGBA color;
  PangoRectangle ink;
  float scale;

  pango_layout_set_text (layout, glyph, length);
  pango_layout_get_pixel_extents (layout, &ink, NULL);
  if (ink.width <= 0 || ink.height <= 0)
    return;

  scale = side / (float) MAX (ink.width, ink.height);
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT (x + (side - (float) ink.width * scale) / 2,
                                                y + (side - (float) ink.height * scale) / 2));
  gtk_snapshot_scale (snapshot, scale, scale);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) -ink.x, (float) -ink.y));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
shoal_mark_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ShoalMark *self = SHOAL_MARK (widget);
  float cell = (float) get_cell (self);
  float side = cell * 0.8f;
  float y = ((float) gtk_widget_get_height (widget) - side) / 2;
  float x = (cell - side) / 2;

  if (self->mark == NULL)
    return;

  for (const char *at = self->mark; *at != '\0'; at = g_utf8_next_char (at))
    {
      append_shape (self, snapshot, at, (int) (g_utf8_next_char (at) - at), x, y, side);
      x += cell;
    }
}

/* --- GObject ------------------------------------------------------------- */

static void
shoal_mark_finalize (GObject *object)
{
  ShoalMark *self = SHOAL_MARK (object);

  g_free (self->mark);
  G_OBJECT_CLASS (shoal_mark_parent_class)->finalize (object);
}

static void
shoal_mark_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  ShoalMark *self = SHOAL_MARK (object);

  switch ((ShoalMarkProperty) prop_id)
    {
    case PROP_MARK:
      g_value_set_string (value, self->mark);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_mark_set_property (GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
  switch ((ShoalMarkProperty) prop_id)
    {
    case PROP_MARK:
      shoal_mark_set_mark (SHOAL_MARK (object), g_value_get_string (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
shoal_mark_class_init (ShoalMarkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->finalize = shoal_mark_finalize;
  object_class->get_property = shoal_mark_get_property;
  object_class->set_property = shoal_mark_set_property;
  widget_class->measure = shoal_mark_measure;
  widget_class->snapshot = shoal_mark_snapshot;

  props[PROP_MARK] = g_param_spec_string (
    "mark", NULL, NULL, NULL,
    G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (props), props);

  gtk_widget_class_set_css_name (widget_class, "mark");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
shoal_mark_init (ShoalMark *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

/* --- Public -------------------------------------------------------------- */

GtkWidget *
shoal_mark_new (const char *mark)
{
  return g_object_new (SHOAL_TYPE_MARK, "mark", mark, NULL);
}

void
shoal_mark_set_mark (ShoalMark *self, const char *mark)
{
  g_autofree char *words = NULL;
  g_autofree char *tip = NULL;

  g_return_if_fail (SHOAL_IS_MARK (self));

  if (mark != NULL && (*mark == '\0' || !g_utf8_validate (mark, -1, NULL)))
    mark = NULL;
  if (g_strcmp0 (mark, self->mark) == 0)
    return;

  g_free (self->mark);
  self->mark = g_strdup (mark);
  words = shoal_mark_to_words (mark);
  /* Translators: the four shapes drawn from a device's ID: "Mark: disc, tent, …" */
  tip = g_strdup_printf (_("Mark: %s"), words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, tip, -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), tip);
  gtk_widget_set_visible (GTK_WIDGET (self), mark != NULL);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_MARK]);
}

const char *
shoal_mark_get_mark (ShoalMark *self)
{
  g_return_val_if_fail (SHOAL_IS_MARK (self), NULL);

  return self->mark;
}

char *
shoal_mark_to_words (const char *mark)
{
  GString *words = g_string_new (NULL);

  for (const char *at = mark; at != NULL && *at != '\0'; at = g_utf8_next_char (at))
    {
      gsize length = (gsize) (g_utf8_next_char (at) - at);
      const char *word = word_for (at, length);

      if (words->len > 0)
        g_string_append (words, ", ");
      if (word != NULL)
        g_string_append (words, word);
      else
        g_string_append_len (words, at, (gssize) length);
    }
  return g_string_free (words, FALSE);
}
