/* shoal-steady-label.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-steady-label.h"

/* In characters. What it says is longer, but no window is too narrow for it. */
#define LEAST_WIDTH 4
#define USUAL_WIDTH 40

struct _ShoalSteadyLabel
{
  GtkWidget       parent_instance;

  GtkInscription *inscription; /* (owned): the child; its size never follows its text */
  int             width;       /* that it was last asked about or given; 0: never */
  int             lines;       /* that its text took there */
  guint           again;       /* an idle source: it was given too little */
};

G_DEFINE_FINAL_TYPE (ShoalSteadyLabel, shoal_steady_label, GTK_TYPE_WIDGET)

/* --- Size -------------------------------------------------------------------- */

/* Its text as it is drawn; GTK keeps its own layout to itself. */
static PangoLayout *
lay_out (GtkInscription *inscription)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (inscription),
                                                        gtk_inscription_get_text (inscription));
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  /* What the style class "numeric" does reaches only GTK's layouts. */
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum"));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

static int
count_lines (ShoalSteadyLabel *self, int width)
{
  g_autoptr (PangoLayout) layout = lay_out (self->inscription);

  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_width (layout, width * PANGO_SCALE);
  return pango_layout_get_line_count (layout);
}

static int
get_line_height (ShoalSteadyLabel *self)
{
  int height;

  gtk_widget_measure (GTK_WIDGET (self->inscription), GTK_ORIENTATION_VERTICAL, -1, &height, NULL,
                      NULL, NULL);
  return height;
}

static GtkSizeRequestMode
shoal_steady_label_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
shoal_steady_label_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                            int *minimum, int *natural, int *minimum_baseline,
                            int *natural_baseline)
{
  ShoalSteadyLabel *self = SHOAL_STEADY_LABEL (widget);
  GtkWidget *inscription = GTK_WIDGET (self->inscription);
  int width = for_size;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      gtk_widget_measure (inscription, orientation, -1, minimum, natural, NULL, NULL);
      return;
    }
  if (width < 0)
    gtk_widget_measure (inscription, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &width, NULL, NULL);
  self->width = width;
  self->lines = count_lines (self, width);
  *minimum = *natural = self->lines * get_line_height (self);
}

static gboolean
on_again (gpointer user_data)
{
  ShoalSteadyLabel *self = user_data;

  self->again = 0;
  gtk_widget_queue_resize (GTK_WIDGET (self));
  return G_SOURCE_REMOVE;
}

static void
shoal_steady_label_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ShoalSteadyLabel *self = SHOAL_STEADY_LABEL (widget);

  self->width = width;
  self->lines = count_lines (self, width);
  gtk_widget_size_allocate (GTK_WIDGET (self->inscription),
                            &(GtkAllocation){ 0, 0, width, height }, baseline);
  /* GTK remembers what other widths need, also from an older text. */
  if (height < self->lines * get_line_height (self) && self->again == 0)
    self->again = g_idle_add (on_again, self);
}

/* --- GObject ------------------------------------------------------------------ */

static void
shoal_steady_label_dispose (GObject *object)
{
  ShoalSteadyLabel *self = SHOAL_STEADY_LABEL (object);

  g_clear_handle_id (&self->again, g_source_remove);
  if (self->inscription != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->inscription));
  self->inscription = NULL;

  G_OBJECT_CLASS (shoal_steady_label_parent_class)->dispose (object);
}

static void
shoal_steady_label_class_init (ShoalSteadyLabelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = shoal_steady_label_dispose;
  widget_class->get_request_mode = shoal_steady_label_get_request_mode;
  widget_class->measure = shoal_steady_label_measure;
  widget_class->size_allocate = shoal_steady_label_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "steadylabel");
  /* The child says it. */
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
shoal_steady_label_init (ShoalSteadyLabel *self)
{
  self->inscription = GTK_INSCRIPTION (gtk_inscription_new (""));
  gtk_inscription_set_min_chars (self->inscription, LEAST_WIDTH);
  gtk_inscription_set_nat_chars (self->inscription, USUAL_WIDTH);
  gtk_inscription_set_wrap_mode (self->inscription, PANGO_WRAP_WORD_CHAR);
  gtk_inscription_set_yalign (self->inscription, 0);
  gtk_widget_set_parent (GTK_WIDGET (self->inscription), GTK_WIDGET (self));
}

/* --- Public ------------------------------------------------------------------ */

void
shoal_steady_label_set_text (ShoalSteadyLabel *self, const char *text)
{
  g_return_if_fail (SHOAL_IS_STEADY_LABEL (self) && text != NULL);

  if (g_strcmp0 (text, gtk_inscription_get_text (self->inscription)) == 0)
    return;
  gtk_inscription_set_text (self->inscription, text);
  if (self->width > 0 && count_lines (self, self->width) != self->lines)
    gtk_widget_queue_resize (GTK_WIDGET (self));
}

const char *
shoal_steady_label_get_text (ShoalSteadyLabel *self)
{
  g_return_val_if_fail (SHOAL_IS_STEADY_LABEL (self), NULL);

  return gtk_inscription_get_text (self->inscription);
}

GtkWidget *
shoal_figure_new (void)
{
  return g_object_new (GTK_TYPE_INSCRIPTION, "xalign", 1.0, "min-chars", 0, "nat-chars", 0,
                       "text-overflow", GTK_INSCRIPTION_OVERFLOW_CLIP, NULL);
}

void
shoal_figure_set_text (GtkInscription *figure, const char *text)
{
  g_autoptr (PangoLayout) layout = NULL;
  int had, needed;

  g_return_if_fail (GTK_IS_INSCRIPTION (figure) && text != NULL);

  if (g_strcmp0 (text, gtk_inscription_get_text (figure)) == 0)
    return;
  gtk_inscription_set_text (figure, text);
  layout = lay_out (figure);
  pango_layout_get_pixel_size (layout, &needed, NULL);
  gtk_widget_get_size_request (GTK_WIDGET (figure), &had, NULL);
  if (needed > had)
    gtk_widget_set_size_request (GTK_WIDGET (figure), needed, -1);
}
