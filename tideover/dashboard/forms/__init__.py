"""Forms: declared with `form.Form` and the kinds of `fields`, drawn by `{% draw form %}`, answered by `answers`.

A page with a form is this view and this line of its template:

    form = BrandForm(*sent(request), initial=...)
    if form.is_valid():
        ...
        return saved(request, "dashboard:brand", Flash("Brand saved."))
    return page_with(request, "dashboard/settings/brand.html", form)

    {% draw form %}
"""
