// How matrix products go for as long as this lives, then as before.
#pragma once

#include "tensor/context.h"

namespace lucie {

class ProductScope {
 public:
  ProductScope(Context& ctx, ProductForm form) : ProductScope(ctx) { ctx.set_product_form(form); }
  ProductScope(Context& ctx, Products products) : ProductScope(ctx) { ctx.set_products(products); }
  ~ProductScope() {
    ctx_.set_product_form(form_before_);
    ctx_.set_products(products_before_);
  }
  ProductScope(const ProductScope&) = delete;
  ProductScope& operator=(const ProductScope&) = delete;

 private:
  explicit ProductScope(Context& ctx)
      : ctx_(ctx), form_before_(ctx.product_form()), products_before_(ctx.products()) {}

  Context& ctx_;
  ProductForm form_before_;
  Products products_before_;
};

}  // namespace lucie
